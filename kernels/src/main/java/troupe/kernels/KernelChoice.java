package troupe.kernels;

import java.util.Optional;

/**
 * The implementation that runs.
 *
 * @param kernels the implementation, which checks its arguments
 * @param name its name
 * @param remedy present when a faster implementation exists that does not run here: why not, and how to get it
 */
public record KernelChoice(Kernels kernels, String name, Optional<String> remedy) {}
