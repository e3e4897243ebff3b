package troupe.engine.cpu;

/**
 * How many threads compute without a pause while others use the same processors. A thread that loses its core in the
 * middle of a kernel is waited for; one that sleeps now and then loses it seldom. So for each core that others use one
 * thread pauses between kernels, and does so no more once {@value #SAMPLES} samples in a row say that it need not.
 */
final class CoreShare {
    /** Samples that have to agree. */
    static final int SAMPLES = 2;

    /** Of a core that others may use without a thread pausing for it. */
    static final double SLACK = 0.5;

    private final int threads;
    private int steady;
    private int different; // samples in a row that ask for another number

    CoreShare(int threads) {
        this.threads = threads;
        this.steady = threads;
    }

    /**
     * Takes one sample.
     *
     * @param foreign processors' worth of others' work
     * @return how many threads are not to pause from now on
     */
    int sample(int processors, double foreign) {
        int free = (int) Math.floor(processors - foreign + SLACK);
        int wanted = Math.clamp(free, 1, threads);
        different = wanted == steady ? 0 : different + 1;
        if (different == SAMPLES) {
            steady = wanted;
            different = 0;
        }
        return steady;
    }
}
