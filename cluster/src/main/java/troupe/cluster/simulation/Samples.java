package troupe.cluster.simulation;

import java.util.Arrays;

/** Durations, each kept, so that percentiles are exact. */
public final class Samples {
    private long[] nanos = new long[1024];
    private int size;

    public void add(long duration) {
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * size);
        }
        nanos[size++] = duration;
    }

    public int size() {
        return size;
    }

    /** Seconds that {@code percent} of the durations do not exceed, by the nearest rank; 0 where there is none. */
    public double percentile(double percent) {
        if (size == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(nanos, size);
        Arrays.sort(sorted);
        int rank = (int) Math.ceil(percent / 100 * size);
        return sorted[Math.clamp(rank - 1, 0, size - 1)] / 1e9;
    }
}
