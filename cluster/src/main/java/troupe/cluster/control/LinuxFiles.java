package troupe.cluster.control;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** What Java does not offer of Linux's file descriptors. */
@SuppressWarnings("restricted") // calls the C library
record LinuxFiles(
        MethodHandle closeRange,
        MethodHandle poll,
        MethodHandle recv,
        MethodHandle setsockopt,
        MethodHandle getsockname,
        MethodHandle getpeername) {
    /** Of no file: calls do nothing with it. */
    static final int NONE = -1;

    private static final int CLOSE_RANGE_UNSHARE = 2;
    private static final int ALL_FURTHER = -1;
    private static final short POLLIN = 1;
    private static final short POLLRDHUP = 0x2000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    private static final ValueLayout.OfShort PORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    // struct sockaddr_in, struct sockaddr_in6
    private static final int FAMILY_INET = 2;
    private static final int FAMILY_INET6 = 10;
    private static final int PORT_AT = 2;
    private static final int INET_AT = 4;
    private static final int INET6_AT = 8;
    private static final int LARGEST_ADDRESS = 128;

    // struct pollfd
    private static final int EVENTS_AT = 4;
    private static final int RESULTS_AT = 6;
    private static final int POLLFD_BYTES = 8;

    private static final int LINGER_BYTES = 8; // of a struct linger
    private static final int MOST_SAID = 512;

    private static final Optional<LinuxFiles> HERE = find();

    /** Those of this process; empty on other systems, and where the C library is too old. */
    static Optional<LinuxFiles> here() {
        return HERE;
    }

    private static Optional<LinuxFiles> find() {
        SymbolLookup library = Linker.nativeLinker().defaultLookup();
        boolean isLinux = System.getProperty("os.name", "").equals("Linux");
        if (!isLinux || library.find("close_range").isEmpty()) {
            return Optional.empty();
        }
        FunctionDescriptor name = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        FunctionDescriptor range = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        FunctionDescriptor poll = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        FunctionDescriptor recv = FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT);
        FunctionDescriptor option = FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT);
        return Optional.of(new LinuxFiles(
                handle(library, "close_range", range),
                handle(library, "poll", poll),
                handle(library, "recv", recv),
                handle(library, "setsockopt", option),
                handle(library, "getsockname", name),
                handle(library, "getpeername", name)));
    }

    private static MethodHandle handle(SymbolLookup library, String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
    }

    /** The open descriptor of this process's TCP connection between these ends; empty where it cannot be told. */
    OptionalInt connection(int localPort, byte[] peer, int peerPort) {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.mapToInt(path -> Integer.parseInt(path.getFileName().toString()))
                    .filter(each -> isBetween(each, localPort, peer, peerPort))
                    .findFirst();
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }

    private boolean isBetween(int descriptor, int localPort, byte[] peer, int peerPort) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(LARGEST_ADDRESS, Long.BYTES);
            MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
            return isNamed(getsockname, descriptor, address, length)
                    && port(address) == localPort
                    && isNamed(getpeername, descriptor, address, length)
                    && port(address) == peerPort
                    && hasHost(address, peer);
        }
    }

    /** Whether the descriptor has such a name, of TCP over IPv4 or IPv6, as most have none. */
    private static boolean isNamed(MethodHandle function, int descriptor, MemorySegment address, MemorySegment length) {
        length.set(ValueLayout.JAVA_INT, 0, LARGEST_ADDRESS);
        try {
            if ((int) function.invokeExact(descriptor, address, length) != 0) {
                return false;
            }
        } catch (Throwable e) {
            throw new IllegalStateException("the name of a socket", e);
        }
        int family = address.get(ValueLayout.JAVA_SHORT, 0);
        return family == FAMILY_INET || family == FAMILY_INET6;
    }

    private static int port(MemorySegment address) {
        return Short.toUnsignedInt(address.get(PORT, PORT_AT));
    }

    /** An IPv4 address of a socket for IPv6 is the end of the one that it is mapped to. */
    private static boolean hasHost(MemorySegment address, byte[] host) {
        boolean isLong = address.get(ValueLayout.JAVA_SHORT, 0) == FAMILY_INET6;
        MemorySegment named = isLong ? address.asSlice(INET6_AT, 16) : address.asSlice(INET_AT, 4);
        long before = named.byteSize() - host.length;
        return before >= 0 && Arrays.equals(named.asSlice(before).toArray(ValueLayout.JAVA_BYTE), host);
    }

    private boolean closeRange(int from, int to, int flags) {
        try {
            return (int) closeRange.invokeExact(from, to, flags) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("close_range", e);
        }
    }

    /**
     * Gives the calling thread a table of files of its own, which has this one alone.
     *
     * @return whether the system did, which a sandbox may forbid; if not, nothing has changed
     */
    boolean keepOnly(int descriptor) {
        return descriptor > 0
                && closeRange(0, descriptor - 1, CLOSE_RANGE_UNSHARE)
                && closeRange(descriptor + 1, ALL_FURTHER, 0);
    }

    /** Has the system see to it that the other side hears of the connection's end, however many packets are lost. */
    void endInOrder(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment off = arena.allocate(LINGER_BYTES, Integer.BYTES);
            int _ = (int) setsockopt.invokeExact(descriptor, SOL_SOCKET, SO_LINGER, off, (int) off.byteSize());
        } catch (Throwable e) {
            throw new IllegalStateException("setsockopt", e);
        }
    }

    /** Waits until the other side has ended a connection, and drops what it says; false after so many milliseconds. */
    boolean isEnded(int descriptor, int millis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment polled = arena.allocate(POLLFD_BYTES, Integer.BYTES);
            polled.set(ValueLayout.JAVA_INT, 0, descriptor);
            polled.set(ValueLayout.JAVA_SHORT, EVENTS_AT, (short) (POLLIN | POLLRDHUP));
            int _ = (int) poll.invokeExact(polled, 1L, millis);
            MemorySegment said = arena.allocate(MOST_SAID);
            long _ = (long) recv.invokeExact(descriptor, said, said.byteSize(), MSG_DONTWAIT);
            return (polled.get(ValueLayout.JAVA_SHORT, RESULTS_AT) & ~POLLIN) != 0;
        } catch (Throwable e) {
            throw new IllegalStateException("poll", e);
        }
    }
}
