package troupe.bench.kernels;

import java.util.Locale;

/**
 * How fast an implementation is in one case.
 *
 * @param implementation its name
 * @param callsPerSecond over all threads
 */
record KernelFigure(String implementation, KernelCase kernelCase, double callsPerSecond, Limits limits) {
    /** 0 to 1, above 1 where caches gave more than was assumed. */
    double shareOfLimit() {
        return kernelCase.demand().leastSeconds(limits, callsPerSecond);
    }

    Demand.Bound bound() {
        return kernelCase.demand().bound(limits);
    }

    /** Such as {@code 32 GB/s, 81%}. */
    String shown() {
        double rate = callsPerSecond * kernelCase.demand().of(bound());
        return String.format(Locale.ROOT, "%,.0f %s, %.0f%%", rate / 1e9, bound().unit(), 100 * shareOfLimit());
    }
}
