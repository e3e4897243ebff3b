package troupe.engine.cpu;

/**
 * Cuts a run of equal items into tasks that are handed out in order, in rounds of one task per thread that take a
 * shrinking part of each thread's share: long runs keep a stream of memory reads going, short ones at the end let a
 * thread take what a late one has not begun (guided self-scheduling, Polychronopoulos and Kuck 1987, with fixed sizes).
 */
final class WorkSplit {
    /** In eighths of a thread's share, what lies before each round; for work that waits for memory. */
    private static final int[] STREAMED = {0, 7, 8};

    /** The same for work that computes long enough for others to get in between. */
    private static final int[] COMPUTED = {0, 4, 6, 7, 8};

    private final int items;
    private final int threads;
    private final int[] before;

    private WorkSplit(int items, int threads, int[] before) {
        this.items = items;
        this.threads = threads;
        this.before = before;
    }

    /**
     * A split of a product over its groups of rows.
     *
     * @param groups at least 0
     * @param tokens that are multiplied with; few make the product wait for memory
     * @param threads at least 1
     */
    static WorkSplit ofProduct(int groups, int tokens, int threads) {
        return new WorkSplit(groups, threads, tokens <= 4 ? STREAMED : COMPUTED);
    }

    int tasks() {
        return (before.length - 1) * threads;
    }

    /** The first item of a task; that of {@link #tasks} is the end. */
    int begin(int task) {
        int round = task / threads;
        int within = task == tasks() ? 0 : (task % threads) * (before[round + 1] - before[round]);
        return (int) ((long) items * (before[round] * threads + within) / (8L * threads));
    }
}
