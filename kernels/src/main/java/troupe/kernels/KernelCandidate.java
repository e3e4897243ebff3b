package troupe.kernels;

import java.util.Optional;

/**
 * An implementation, and whether it runs on this machine.
 *
 * @param name the implementation's name
 * @param kernels the implementation, which checks its arguments, if it runs here
 * @param missing why it does not run here and how to change that, otherwise
 */
public record KernelCandidate(String name, Optional<Kernels> kernels, Optional<String> missing) {
    static KernelCandidate runs(Kernels kernels) {
        return new KernelCandidate(kernels.name(), Optional.of(new CheckedKernels(kernels)), Optional.empty());
    }

    static KernelCandidate lacks(String name, String missing) {
        return new KernelCandidate(name, Optional.empty(), Optional.of(missing));
    }
}
