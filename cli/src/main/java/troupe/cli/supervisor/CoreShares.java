package troupe.cli.supervisor;

/** Divides the cores of a machine among engines, so that together they compute with no more threads than there are cores. */
public final class CoreShares {
    private CoreShares() {}

    /**
     * Divides as evenly as can be, the larger shares first.
     *
     * @param cores to divide
     * @param engines at least 1
     * @return threads of each engine; at least 1 each, so that more engines than cores share them
     */
    public static int[] divide(int cores, int engines) {
        if (cores < 1 || engines < 1) {
            throw new IllegalArgumentException(
                    cores + " cores, " + engines + " engines: at least 1 of each is required");
        }
        int[] shares = new int[engines];
        for (int i = 0; i < engines; i++) {
            shares[i] = Math.max(1, cores / engines + (i < cores % engines ? 1 : 0));
        }
        return shares;
    }
}
