package troupe.kernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/** The instruction sets that there are kernels in C for, and which of them run on this machine. */
final class NativeCandidates {
    private static final MethodHandle QUERY = NativeKernels.handle(FunctionDescriptor.of(JAVA_INT));

    private NativeCandidates() {}

    /** Every instruction set, the fastest first, with what each lacks where it does not run. */
    static List<KernelCandidate> of(NativeLibrary.Loading loading) {
        return List.of(
                candidate("avx512-amx", "avx512", "AVX-512 (F, BW, DQ, VL) with VNNI", loading),
                candidate("avx512-vnni", "avx512", "AVX-512 (F, BW, DQ, VL) with VNNI", loading),
                candidate("avx2", "avx2", "AVX2 with FMA and F16C", loading));
    }

    private static KernelCandidate candidate(
            String name, String suffix, String instructions, NativeLibrary.Loading loading) {
        return switch (loading) {
            case NativeLibrary.Loading.Missing missing -> KernelCandidate.lacks(name, missing.reason());
            case NativeLibrary.Loading.Loaded loaded -> candidate(name, suffix, instructions, loaded.symbols());
        };
    }

    private static KernelCandidate candidate(String name, String suffix, String instructions, SymbolLookup symbols) {
        try {
            int version = query(symbols, "troupe_kernels_version");
            if (version != NativeKernels.VERSION) {
                return KernelCandidate.lacks(
                        name,
                        "the native library has version " + version + ", " + NativeKernels.VERSION
                                + " is required; build it again with kernels/build.sh");
            }
            if (query(symbols, "troupe_supports_" + suffix) == 0) {
                return KernelCandidate.lacks(name, "the processor lacks " + instructions);
            }
            if (!name.equals("avx512-amx")) {
                return KernelCandidate.runs(new NativeKernels(name, suffix, suffix, symbols));
            }
            Optional<String> missing = missingTiles(query(symbols, "troupe_amx_support"));
            return missing.isPresent()
                    ? KernelCandidate.lacks(name, missing.get())
                    : KernelCandidate.runs(new NativeKernels(name, suffix, "amx", symbols));
        } catch (NoSuchElementException e) {
            return KernelCandidate.lacks(name, "the native library is not one of Troupe's: " + e.getMessage());
        }
    }

    /** What {@code enum amx_support} of troupe_kernels.h says, in words. */
    private static Optional<String> missingTiles(int support) {
        return switch (support) {
            case 0 -> Optional.empty();
            case 1 ->
                Optional.of("the C compiler of the build does not know AMX; GCC 11 and Clang 12 are the first that do;"
                        + " build again with one of them (CC=gcc-12 kernels/build.sh)");
            case 2 -> Optional.of("the processor lacks AMX with int8");
            default ->
                Optional.of("the operating system refuses AMX tiles to this process; Linux 5.16 or newer is"
                        + " required, and a sandbox must allow arch_prctl");
        };
    }

    private static int query(SymbolLookup symbols, String function) {
        try {
            return (int) QUERY.invokeExact(symbols.findOrThrow(function));
        } catch (Throwable e) {
            throw NativeKernels.failed(function, e);
        }
    }
}
