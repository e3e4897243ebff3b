package troupe.bench.kernels;

import java.lang.foreign.Arena;
import troupe.bench.probe.Crew;
import troupe.kernels.Kernels;

/** Times kernels on several threads at once, each with operands of its own. */
final class KernelTimer {
    private final int threads;
    private final int readings;
    private final double readingSeconds;

    /**
     * @param readings of which the best one counts
     * @param readingSeconds length of a reading at least
     */
    KernelTimer(int threads, int readings, double readingSeconds) {
        this.threads = threads;
        this.readings = readings;
        this.readingSeconds = readingSeconds;
    }

    /**
     * Calls per second over all threads.
     *
     * @param warmUpSeconds of calls before, for the caches and, where a kernel is in Java, the compiler of the JVM
     * @throws IllegalStateException if the output is not finite
     */
    double callsPerSecond(Kernels kernels, KernelCase kernelCase, double warmUpSeconds) throws InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            KernelCase.Calls[] calls = new KernelCase.Calls[threads];
            for (int i = 0; i < threads; i++) {
                calls[i] = kernelCase.setup().prepare(kernels, arena);
            }
            int count = 1;
            double seconds = reading(calls, count);
            for (double warm = seconds; seconds < readingSeconds || warm < warmUpSeconds; warm += seconds) {
                if (seconds < readingSeconds) {
                    count *= 2;
                }
                seconds = reading(calls, count);
            }
            double best = seconds;
            for (int i = 1; i < readings; i++) {
                best = Math.min(best, reading(calls, count));
            }
            for (KernelCase.Calls each : calls) {
                if (!Float.isFinite(each.sample())) {
                    throw new IllegalStateException(kernels.name() + ", " + kernelCase.kernel() + ", "
                            + kernelCase.operands() + ": the output is not finite");
                }
            }
            return (double) count * threads / best;
        }
    }

    private static double reading(KernelCase.Calls[] calls, int count) throws InterruptedException {
        return Crew.seconds(calls.length, member -> {
            for (int i = 0; i < count; i++) {
                calls[member].call(i);
            }
        });
    }
}
