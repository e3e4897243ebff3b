package troupe.kernels;

import java.util.List;
import java.util.stream.Stream;

/** The implementations that run on this machine. */
final class Implementations {
    static final Kernels ORACLE = new CheckedKernels(new ScalarKernels());

    private static final List<KernelCandidate> CANDIDATES = KernelProvider.available();

    private Implementations() {}

    static List<KernelCandidate> candidates() {
        return CANDIDATES;
    }

    /** Those that have to give the oracle's bits. */
    static Stream<Kernels> twins() {
        return CANDIDATES.stream()
                .flatMap(candidate -> candidate.kernels().stream())
                .filter(kernels -> !kernels.name().equals(ORACLE.name()));
    }
}
