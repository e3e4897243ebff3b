package troupe.bench.kernels;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import troupe.bench.probe.MachineProbe;

/**
 * What some threads of this machine can do together, per second.
 *
 * @param memory bytes read in a straight line, from memory as large as the default model
 * @param cache bytes read in the L2 caches
 * @param floats operations of binary32
 * @param int8 operations of int8 products with block scaling
 * @param shown all that was measured, with units, for people
 */
public record Limits(double memory, double cache, double floats, double int8, Map<String, String> shown) {
    /** Memory that each of two threads reads of the default model for one token. */
    static final long MODEL_BYTES_PER_THREAD = 46L << 20;

    private static final long MEMORY_BYTES_PER_THREAD = 512L << 20;
    private static final long CACHE_BYTES_PER_THREAD = 1L << 20;

    double of(Demand.Bound bound) {
        return switch (bound) {
            case MEMORY -> memory;
            case CACHE -> cache;
            case FLOAT -> floats;
            case INT8 -> int8;
        };
    }

    /**
     * Measures all of them, which takes some seconds.
     *
     * @throws IllegalStateException on a processor without AVX2, for which there are no probes
     */
    public static Limits measure(MachineProbe probe, int threads) throws InterruptedException {
        OptionalDouble memory = probe.readBandwidth(threads, threads * MODEL_BYTES_PER_THREAD);
        OptionalDouble cache = probe.readBandwidth(threads, threads * CACHE_BYTES_PER_THREAD);
        OptionalDouble floats = probe.floatOperations(threads);
        OptionalDouble int8 = probe.scaledInt8Operations(threads);
        if (memory.isEmpty() || cache.isEmpty() || floats.isEmpty() || int8.isEmpty()) {
            throw new IllegalStateException("the probe of the machine's limits needs AVX2 and FMA");
        }
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("f32 fused multiply-adds", giga(floats, "GFLOP/s"));
        shown.put("int8 products, vectors", giga(probe.int8VectorOperations(threads), "GOP/s"));
        shown.put("int8 products, best", giga(probe.int8Operations(threads), "GOP/s"));
        shown.put(
                "int8 products with block scaling, vectors", giga(probe.scaledInt8VectorOperations(threads), "GOP/s"));
        shown.put("int8 products with block scaling, best", giga(int8, "GOP/s"));
        shown.put(
                "read memory, 512 MB a thread",
                giga(probe.readBandwidth(threads, threads * MEMORY_BYTES_PER_THREAD), "GB/s"));
        shown.put("read memory, 46 MB a thread", giga(memory, "GB/s"));
        shown.put("read L2, 1 MB a thread", giga(cache, "GB/s"));
        return new Limits(memory.getAsDouble(), cache.getAsDouble(), floats.getAsDouble(), int8.getAsDouble(), shown);
    }

    private static String giga(OptionalDouble perSecond, String unit) {
        return String.format(java.util.Locale.ROOT, "%,.0f %s", perSecond.orElse(0) / 1e9, unit);
    }
}
