package troupe.engine.cpu;

import troupe.kernels.ActivationLayout;

/**
 * Cuts a run of equal items into one share per thread, and each share into tasks that take a shrinking part of it: long
 * ones keep a stream of memory reads going, short ones at the end let a thread take what a late one has not begun
 * (guided self-scheduling, Polychronopoulos and Kuck 1987, with fixed sizes). Task i is part i / threads of the share of
 * thread i % threads: to a {@link troupe.kernels.WorkerPool} its own, so a thread on time reads its share in one go.
 */
final class WorkSplit {
    /** In eighths of a thread's share, what lies before each part; for work that waits for memory, or begins slowly. */
    private static final int[] STREAMED = {0, 7, 8};

    /** The same for work that computes long enough for others to get in between. */
    private static final int[] COMPUTED = {0, 4, 6, 7, 8};

    /** Groups that kernels multiply side by side: a part begins at a whole pair unless its share does. */
    private static final int PAIR = 2;

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
     * @param tokens that are multiplied with; the weights of few are unpacked as they stream past
     * @param threads at least 1
     */
    static WorkSplit ofProduct(int groups, int tokens, int threads) {
        return new WorkSplit(groups, threads, tokens < ActivationLayout.MANY_TOKENS ? STREAMED : COMPUTED);
    }

    int tasks() {
        return (before.length - 1) * threads;
    }

    /** The first item of a task. */
    int begin(int task) {
        return item(task % threads, before[task / threads]);
    }

    /** The item after the last of a task. */
    int end(int task) {
        return item(task % threads, before[task / threads + 1]);
    }

    /** The first item of a thread's share; that of the number of threads is the end of all. */
    int shareBegin(int thread) {
        return item(thread, 0);
    }

    private int item(int thread, int eighths) {
        int exact = (int) (items * (8L * thread + eighths) / (8L * threads));
        return eighths % 8 == 0 ? exact : Math.max(exact / PAIR * PAIR, item(thread, 0));
    }
}
