package troupe.engine.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/** A thread as Linux knows it, by {@code /proc} (proc(5)) and sched_setaffinity(2). */
final class OsThread {
    private static final Path SELF = Path.of("/proc/thread-self");
    private static final int WAITED = 1; // fields of schedstat
    private static final int PROCESSOR = 36; // fields of stat after the command's name, counted from 0

    /**
     * What a thread has done so far.
     *
     * @param waitedNanos how long it could have run and no processor was free
     * @param processor where it ran last
     */
    record Sample(long waitedNanos, int processor) {}

    private final int number;
    private final Path folder;

    private OsThread(int number) {
        this.number = number;
        folder = Path.of("/proc/self/task", String.valueOf(number));
    }

    /** The calling thread, which is no virtual one; empty where the system does not tell. */
    static Optional<OsThread> current() {
        try {
            return Optional.of(new OsThread(
                    Integer.parseInt(Files.readSymbolicLink(SELF).getFileName().toString())));
        } catch (IOException | RuntimeException _) {
            return Optional.empty();
        }
    }

    /** Its counters now; empty where it has ended, or the system keeps none. */
    Optional<Sample> sample() {
        try {
            return Optional.of(of(read("schedstat"), read("stat")));
        } catch (IOException | RuntimeException _) {
            return Optional.empty();
        }
    }

    private String read(String file) throws IOException {
        return Files.readString(folder.resolve(file), StandardCharsets.ISO_8859_1);
    }

    /** @param waits the content of a thread's {@code schedstat}, {@code status} that of its {@code stat} */
    static Sample of(String waits, String status) {
        // The second field, the command's name in brackets, may have spaces.
        String[] fields = status.substring(status.lastIndexOf(')') + 2).split(" ", -1);
        return new Sample(Long.parseLong(waits.strip().split(" ", -1)[WAITED]), Integer.parseInt(fields[PROCESSOR]));
    }

    /**
     * Lets it run on these processors alone from now on.
     *
     * @param processors at least one
     * @return false where the system refuses that, and nothing changes
     */
    boolean runOn(BitSet processors) {
        if (Affinity.SET.isEmpty()) {
            return false;
        }
        long[] mask = processors.toLongArray();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocateFrom(ValueLayout.JAVA_LONG, mask);
            return (int) Affinity.SET.get().invokeExact(number, set.byteSize(), set) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("sched_setaffinity", e);
        }
    }

    /** Linked when it is called for the first time, which most engines never do. */
    @SuppressWarnings("restricted") // calls the C library
    private static final class Affinity {
        static final Optional<MethodHandle> SET = Linker.nativeLinker()
                .defaultLookup()
                .find("sched_setaffinity")
                .map(function -> Linker.nativeLinker()
                        .downcallHandle(
                                function,
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.ADDRESS)));

        private Affinity() {}
    }
}
