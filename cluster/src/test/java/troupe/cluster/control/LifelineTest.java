package troupe.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Who has the connection, and what its other end sees. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class LifelineTest {
    private ServerSocket server;
    private Socket here;
    private Socket there;
    private final CompletableFuture<Boolean> held = new CompletableFuture<>();
    private Thread holder;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        here = new Socket(server.getInetAddress(), server.getLocalPort());
        there = server.accept();
        there.setSoTimeout(700); // longer than a lifeline looks away
        holder = Thread.ofVirtual().unstarted(() -> {
            try {
                held.complete(Lifeline.hold(here));
            } catch (InterruptedException e) {
                held.completeExceptionally(e);
            }
        });
    }

    @AfterEach
    void close() throws IOException {
        holder.interrupt();
        here.close();
        there.close();
        server.close();
    }

    private OptionalInt descriptor() {
        return LinuxFiles.here()
                .orElseThrow()
                .connection(here.getLocalPort(), here.getInetAddress().getAddress(), server.getLocalPort());
    }

    private void hold() throws InterruptedException {
        holder.start();
        while (!here.isClosed()) {
            Thread.sleep(5);
        }
    }

    /** Of each thread of that name, what it has open. */
    private static List<List<String>> lifelines() throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.filter(LifelineTest::isLifeline)
                    .map(LifelineTest::open)
                    .toList();
        }
    }

    private static boolean isLifeline(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip().equals("lifeline");
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    private static List<String> open(Path thread) {
        try (Stream<Path> files = Files.list(thread.resolve("fd"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    @Test
    void shouldKeepTheConnectionInATableOfItsOwnAlone() throws Exception {
        int local = here.getLocalPort();
        String descriptor = String.valueOf(descriptor().orElseThrow());
        hold();
        assertTrue(LinuxFiles.here()
                .orElseThrow()
                .connection(local, server.getInetAddress().getAddress(), server.getLocalPort())
                .isEmpty());
        assertTrue(lifelines().contains(List.of(descriptor)));
        assertThrows(SocketTimeoutException.class, () -> there.getInputStream().read());
        assertFalse(held.isDone());
    }

    @Test
    void shouldEndTheConnectionInOrderWhenItsHolderIsInterrupted() throws Exception {
        hold();
        holder.interrupt();
        there.setSoTimeout(0);
        assertEquals(-1, there.getInputStream().read());
        assertThrows(Exception.class, held::join);
    }

    @Test
    void shouldReturnWhenTheOtherSideEndsTheConnection() throws Exception {
        hold();
        there.close();
        assertTrue(held.get());
    }

    @Test
    void shouldReturnWhenTheOtherSideResetsTheConnection() throws Exception {
        hold();
        there.setSoLinger(true, 0);
        there.close();
        assertTrue(held.get());
    }

    /** In a process of its own, since it takes one that has no idle carrier of virtual threads left. */
    @Test
    void shouldLeaveAllOtherThreadsTheProcessesFiles() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djdk.virtualThreadScheduler.parallelism=2",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WokenHolder.class.getName())
                .redirectErrorStream(true)
                .start();
        assertEquals("held, and writes", process.inputReader().readLine());
        assertEquals(0, process.waitFor());
    }

    /** A virtual thread holds a connection; when this ends, a second carrier has to be started for it. */
    static final class WokenHolder {
        private WokenHolder() {}

        public static void main(String[] arguments) throws Exception {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    Socket here = new Socket(server.getInetAddress(), server.getLocalPort());
                    Socket there = server.accept()) {
                CompletableFuture<Boolean> held = new CompletableFuture<>();
                Thread holder = Thread.ofVirtual().start(() -> {
                    try {
                        boolean wasHeld = Lifeline.hold(here);
                        held.complete(wasHeld && System.out.append("held, and writes\n") != null);
                    } catch (InterruptedException e) {
                        held.completeExceptionally(e);
                    }
                });
                while (!here.isClosed() || holder.getState() != Thread.State.WAITING) {
                    Thread.sleep(5);
                }
                AtomicBoolean busy = new AtomicBoolean();
                Thread.ofVirtual().start(() -> {
                    while (true) {
                        busy.set(true); // never gives its carrier away
                    }
                });
                while (!busy.get()) {
                    Thread.sleep(5);
                }
                there.shutdownOutput();
                System.exit(held.get() ? 0 : 1);
            }
        }
    }

    @Test
    void shouldHoldNothingThatIsNotConnected() throws Exception {
        try (Socket socket = new Socket()) {
            assertFalse(Lifeline.hold(socket));
        }
        assertTrue(descriptor().isPresent());
        assertFalse(here.isClosed());
    }
}
