package troupe.bench.probe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/** The functions of {@code probe.c}. */
final class ProbeLibrary {
    private static final String RESOURCE = "/native/linux-x86_64/libtroupe_probe.so";

    private final MethodHandle available;
    private final MethodHandle run;
    private final long operandBytes;

    @SuppressWarnings("restricted") // loading native code is what this class is for
    private ProbeLibrary(SymbolLookup symbols) {
        Linker linker = Linker.nativeLinker();
        available = linker.downcallHandle(
                symbols.findOrThrow("troupe_probe_available"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        run = linker.downcallHandle(
                symbols.findOrThrow("troupe_probe_run"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG));
        MethodHandle bytes = linker.downcallHandle(
                symbols.findOrThrow("troupe_probe_operand_bytes"), FunctionDescriptor.of(ValueLayout.JAVA_LONG));
        try {
            operandBytes = (long) bytes.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("the probe could not be called", e);
        }
    }

    /** The library for the life of the JVM; empty where the build had no compiler or this is another platform. */
    @SuppressWarnings("restricted") // loading native code is what this class is for
    static Optional<ProbeLibrary> load() {
        String platform = System.getProperty("os.name", "") + "-" + System.getProperty("os.arch", "");
        if (!platform.equals("Linux-amd64")) {
            return Optional.empty();
        }
        try (InputStream content = ProbeLibrary.class.getResourceAsStream(RESOURCE)) {
            if (content == null) {
                return Optional.empty();
            }
            Path file = Files.createTempFile("troupe-probe", ".so");
            try {
                Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
                return Optional.of(new ProbeLibrary(SymbolLookup.libraryLookup(file, Arena.global())));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the probe of the machine's limits could not be unpacked", e);
        }
    }

    boolean available(ProbeKind kind) {
        try {
            return (int) available.invokeExact(kind.number()) != 0;
        } catch (Throwable e) {
            throw new IllegalStateException("the probe could not be called", e);
        }
    }

    /** Bytes of memory that each thread's scaled probe needs, at an address that is a multiple of 64. */
    long operandBytes() {
        return operandBytes;
    }

    /** Runs an available probe on the calling thread; returns operations, or bytes read. */
    long run(ProbeKind kind, MemorySegment memory, long iterations) {
        try {
            return (long) run.invokeExact(kind.number(), memory, memory.byteSize(), iterations);
        } catch (Throwable e) {
            throw new IllegalStateException("the probe could not be called", e);
        }
    }
}
