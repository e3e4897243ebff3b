package troupe.bench.kernels;

/**
 * What one call of a kernel cannot do without.
 *
 * @param memoryBytes that come from memory
 * @param cacheBytes read and written in the L2 cache
 * @param floatOperations in binary32; a multiplication and an addition are two
 * @param int8Operations of products of int8 by blocks of 32 columns
 */
public record Demand(double memoryBytes, double cacheBytes, double floatOperations, double int8Operations) {
    /** The part of a machine that bounds a call. */
    public enum Bound {
        MEMORY("memory", "GB/s"),
        CACHE("L2", "GB/s"),
        FLOAT("f32", "GFLOP/s"),
        INT8("int8", "GOP/s");

        private final String title;
        private final String unit;

        Bound(String title, String unit) {
            this.title = title;
            this.unit = unit;
        }

        String title() {
            return title;
        }

        String unit() {
            return unit;
        }
    }

    double of(Bound bound) {
        return switch (bound) {
            case MEMORY -> memoryBytes;
            case CACHE -> cacheBytes;
            case FLOAT -> floatOperations;
            case INT8 -> int8Operations;
        };
    }

    /** What takes longest at the machine's limits. */
    Bound bound(Limits limits) {
        Bound longest = Bound.MEMORY;
        for (Bound bound : Bound.values()) {
            if (of(bound) / limits.of(bound) > of(longest) / limits.of(longest)) {
                longest = bound;
            }
        }
        return longest;
    }

    /** Seconds that {@code calls} calls take at least where the machine's limits are these. */
    double leastSeconds(Limits limits, double calls) {
        Bound bound = bound(limits);
        return calls * of(bound) / limits.of(bound);
    }
}
