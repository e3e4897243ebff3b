package troupe.kernels;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the implementations that run on this machine and chooses one. */
public final class KernelProvider {
    /** Lets the fastest implementation that runs here be chosen. */
    public static final String AUTO = "auto";

    private KernelProvider() {}

    /** {@link #choose(String, Path)} with the native library unpacked into {@link NativeLibrary#defaultFolder()}. */
    public static KernelChoice choose(String preference) {
        return choose(preference, NativeLibrary.defaultFolder());
    }

    /**
     * Chooses an implementation.
     *
     * @param preference {@code auto} for the fastest one, or the name of one
     * @param cacheFolder where the native library is unpacked
     * @throws IllegalArgumentException when the preference is no implementation's name
     * @throws IllegalStateException when the preferred implementation does not run here; the message says why
     */
    public static KernelChoice choose(String preference, Path cacheFolder) {
        List<KernelCandidate> candidates = available(cacheFolder);
        List<String> names = new ArrayList<>();
        Optional<String> remedy = Optional.empty();
        for (KernelCandidate candidate : candidates) {
            names.add(candidate.name());
            boolean wanted = preference.equals(AUTO) || preference.equals(candidate.name());
            if (wanted && candidate.kernels().isPresent()) {
                return new KernelChoice(candidate.kernels().get(), candidate.name(), remedy);
            }
            if (preference.equals(candidate.name())) {
                throw new IllegalStateException("kernels " + preference + " do not run here: "
                        + candidate.missing().orElse("unknown reason"));
            }
            if (remedy.isEmpty()) {
                remedy = candidate.missing().map(reason -> candidate.name() + " does not run here: " + reason);
            }
        }
        throw new IllegalArgumentException(
                "kernels is \"" + preference + "\", \"" + AUTO + "\" or one of " + names + " is required");
    }

    /** {@link #available(Path)} with the native library unpacked into {@link NativeLibrary#defaultFolder()}. */
    public static List<KernelCandidate> available() {
        return available(NativeLibrary.defaultFolder());
    }

    /** Every implementation, the fastest first, with what it lacks where it does not run. */
    public static List<KernelCandidate> available(Path cacheFolder) {
        List<KernelCandidate> candidates = new ArrayList<>(NativeCandidates.of(NativeLibrary.load(cacheFolder)));
        candidates.add(vector());
        candidates.add(KernelCandidate.runs(new ScalarKernels()));
        return candidates;
    }

    private static KernelCandidate vector() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return KernelCandidate.lacks(
                    "vector", "the JVM was started without the option --add-modules=jdk.incubator.vector");
        }
        return KernelCandidate.runs(new VectorKernels());
    }
}
