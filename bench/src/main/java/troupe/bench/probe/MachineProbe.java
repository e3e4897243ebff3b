package troupe.bench.probe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import troupe.kernels.NativeMemory;
import troupe.kernels.PackedMatrix;

/**
 * Measures what this machine can do at most. Every figure is the greatest of a few short readings of the instruction set
 * that gives most, on the given number of threads together; a multiplication and an addition are two operations.
 */
public final class MachineProbe {
    private static final int READINGS = 5;
    private static final double READING_SECONDS = 0.02;

    private final ProbeLibrary library;

    private MachineProbe(ProbeLibrary library) {
        this.library = library;
    }

    /** The probe; empty where there is none for the platform or the build found no compiler. */
    public static Optional<MachineProbe> find() {
        return ProbeLibrary.load().map(MachineProbe::new);
    }

    /** Fused multiply-adds of binary32 in registers, operations per second. */
    public OptionalDouble floatOperations(int threads) throws InterruptedException {
        return arithmetic(ProbeKind.F32, threads);
    }

    /** Products of int8 in registers added in 32 bits, operations per second. */
    public OptionalDouble int8Operations(int threads) throws InterruptedException {
        return arithmetic(ProbeKind.INT8, threads);
    }

    /** The same without AMX, for products of few tokens. */
    public OptionalDouble int8VectorOperations(int threads) throws InterruptedException {
        return arithmetic(List.of(ProbeKind.INT8_AVX2, ProbeKind.INT8_VNNI), threads);
    }

    /**
     * Products of int8 in blocks of 32 columns, each block's sum converted, scaled and added in binary32, for 16 rows
     * and 16 tokens warm in the caches: what a quantized matrix product can reach; operations per second.
     */
    public OptionalDouble scaledInt8Operations(int threads) throws InterruptedException {
        return arithmetic(ProbeKind.SCALED, threads);
    }

    /** The same without AMX. */
    public OptionalDouble scaledInt8VectorOperations(int threads) throws InterruptedException {
        return arithmetic(List.of(ProbeKind.SCALED_AVX2, ProbeKind.SCALED_VNNI), threads);
    }

    /**
     * Reading memory in a straight line, in pages of 2 MB where the system gives them, again and again: bytes per
     * second over all threads.
     *
     * @param bytes of all threads together, cut into equal parts
     */
    public OptionalDouble readBandwidth(int threads, long bytes) throws InterruptedException {
        long part = Math.max(256, bytes / threads / 256 * 256);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment[] memory = new MemorySegment[threads];
            for (int i = 0; i < threads; i++) {
                memory[i] = NativeMemory.allocate(arena, part).fill((byte) 1); // pages exist once written
            }
            return best(ProbeKind.READ, memory);
        }
    }

    private OptionalDouble arithmetic(List<ProbeKind> kinds, int threads) throws InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment[] memory = new MemorySegment[threads];
            for (int i = 0; i < threads; i++) {
                memory[i] = arena.allocate(library.operandBytes(), PackedMatrix.ALIGNMENT);
            }
            return best(kinds, memory);
        }
    }

    private OptionalDouble best(List<ProbeKind> kinds, MemorySegment[] memory) throws InterruptedException {
        double best = 0;
        for (ProbeKind kind : kinds) {
            if (library.available(kind)) {
                best = Math.max(best, best(kind, memory));
            }
        }
        return best > 0 ? OptionalDouble.of(best) : OptionalDouble.empty();
    }

    private double best(ProbeKind kind, MemorySegment[] memory) throws InterruptedException {
        long iterations = 1;
        double seconds = reading(kind, memory, iterations);
        while (seconds < READING_SECONDS) {
            iterations *= 2;
            seconds = reading(kind, memory, iterations);
        }
        double best = 0;
        long work = 0;
        for (MemorySegment part : memory) {
            work += library.run(kind, part, 1) * iterations;
        }
        for (int i = 0; i < READINGS; i++) {
            best = Math.max(best, work / reading(kind, memory, iterations));
        }
        return best;
    }

    private double reading(ProbeKind kind, MemorySegment[] memory, long iterations) throws InterruptedException {
        return Crew.seconds(memory.length, member -> library.run(kind, memory[member], iterations));
    }
}
