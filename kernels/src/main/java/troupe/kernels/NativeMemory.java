package troupe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Large memory in huge pages, where the system gives them: fewer misses of the TLB make streaming through weights and
 * KV blocks measurably faster. Anonymous memory that was never written takes no room.
 */
public final class NativeMemory {
    /** Bytes of a huge page on x86-64, at whose multiples the memory begins, so that all of it can be huge. */
    static final long HUGE_PAGE = 2L << 20;

    private static final long SYSTEM_PAGE = 4096;

    // Of Linux on x86-64 and aarch64.
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
    private static final int MADV_HUGEPAGE = 14;
    private static final long MAP_FAILED = -1;

    private static final @Nullable LinuxMemory LINUX = LinuxMemory.find().orElse(null);

    private NativeMemory() {}

    /**
     * Allocates zeroed memory, aligned to 64 bytes or more, that lives as long as the arena. From 2 MiB on it is mapped
     * on its own and advised to be in huge pages; smaller memory, and memory on systems other than Linux, comes from
     * the arena itself.
     */
    public static MemorySegment allocate(Arena arena, long bytes) {
        Check.index("bytes", bytes, Long.MAX_VALUE - HUGE_PAGE);
        if (LINUX == null || bytes < HUGE_PAGE) {
            return arena.allocate(bytes, PackedMatrix.ALIGNMENT);
        }
        return LINUX.map(arena, bytes);
    }

    /**
     * Asks for huge pages under memory that is already mapped, such as a file.
     *
     * @return whether the system accepted; never an error, since it is advice
     */
    public static boolean adviseHugePages(MemorySegment segment) {
        long from = (segment.address() + SYSTEM_PAGE - 1) & -SYSTEM_PAGE;
        long to = (segment.address() + segment.byteSize()) & -SYSTEM_PAGE;
        return LINUX != null
                && segment.isNative()
                && from < to
                && LINUX.advise(MemorySegment.ofAddress(from), to - from);
    }

    /** Runs {@code action} when {@code arena} is closed, after what the arena holds can no longer be reached. */
    @SuppressWarnings("restricted") // The one byte at address 0 is never touched: only its clean-up counts.
    public static void whenClosed(Arena arena, Runnable action) {
        MemorySegment unused = MemorySegment.NULL.reinterpret(1, arena, segment -> action.run());
        assert unused.scope().isAlive();
    }

    /** The three functions of libc, called through the foreign function interface. */
    @SuppressWarnings("restricted") // Calls to libc are what this class is for.
    private record LinuxMemory(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
        static Optional<LinuxMemory> find() {
            String architecture = System.getProperty("os.arch", "");
            boolean known = architecture.equals("amd64") || architecture.equals("aarch64");
            if (!known
                    || !System.getProperty("os.name", "")
                            .toLowerCase(Locale.ROOT)
                            .contains("linux")) {
                return Optional.empty();
            }
            FunctionDescriptor mmap = FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG);
            FunctionDescriptor munmap =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
            FunctionDescriptor madvise = FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
            return Optional.of(
                    new LinuxMemory(handle("mmap", mmap), handle("munmap", munmap), handle("madvise", madvise)));
        }

        private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
        }

        MemorySegment map(Arena arena, long bytes) {
            // One huge page more than asked for, so that the part handed out can begin at a multiple of one.
            long mapped = bytes + HUGE_PAGE;
            try {
                long address =
                        (long) mmap.invokeExact(0L, mapped, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
                if (address == MAP_FAILED) {
                    throw new OutOfMemoryError("cannot map " + mapped + " bytes of anonymous memory");
                }
                MemorySegment whole =
                        MemorySegment.ofAddress(address).reinterpret(mapped, arena, segment -> unmap(address, mapped));
                MemorySegment part = whole.asSlice(-address & (HUGE_PAGE - 1), bytes);
                advise(part, bytes);
                return part;
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("mmap could not be called", e);
            }
        }

        private void unmap(long address, long bytes) {
            try {
                int ignored = (int) munmap.invokeExact(MemorySegment.ofAddress(address), bytes);
            } catch (Throwable e) {
                throw new IllegalStateException("munmap could not be called", e);
            }
        }

        boolean advise(MemorySegment start, long bytes) {
            try {
                return (int) madvise.invokeExact(start, bytes, MADV_HUGEPAGE) == 0;
            } catch (Throwable e) {
                throw new IllegalStateException("madvise could not be called", e);
            }
        }
    }
}
