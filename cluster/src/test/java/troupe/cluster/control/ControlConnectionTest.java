package troupe.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.actors.ControlAddress;
import troupe.cluster.tls.CertificateAuthority;
import troupe.conf.TlsIdentity;
import troupe.conf.TlsSettings;

/** Who is heard on a control connection, and what its end tells. */
@Timeout(120)
class ControlConnectionTest {
    @TempDir
    static Path folder;

    private static SSLContext ours;
    private static SSLContext theirs;

    private final LinkedBlockingQueue<String> gone = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> open = new java.util.ArrayList<>();

    @BeforeAll
    static void issue() throws IOException {
        ours = context("ours");
        theirs = context("theirs");
    }

    private static SSLContext context(String authority) throws IOException {
        Path node = CertificateAuthority.in(folder.resolve(authority)).issue("node", List.of("127.0.0.1"));
        TlsSettings files = new TlsSettings(node.resolve("tls.crt"), node.resolve("tls.key"), node.resolve("ca.crt"));
        return TlsIdentity.load("tls", files, Instant.now()).context();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private ControlServer server(Optional<SSLContext> tls) throws IOException {
        ControlServer server = ControlServer.start(
                "127.0.0.1", 0, tls, new SecureRandom(), (node, life) -> gone.add(node + " " + life));
        open.add(server);
        return server;
    }

    private ControlLinks links(long life, Optional<SSLContext> tls) {
        ControlLinks links = new ControlLinks("10.0.0.1:2551", life, tls, System::nanoTime);
        open.add(links);
        return links;
    }

    private static void await(ControlServer server, int connections) throws InterruptedException {
        while (server.connections() != connections) {
            Thread.sleep(5);
        }
    }

    @Test
    void shouldTellWhenAConnectedProcessIsGone() throws Exception {
        for (Optional<SSLContext> tls : List.of(Optional.<SSLContext>empty(), Optional.of(ours))) {
            ControlServer server = server(tls);
            ControlLinks links = links(7, tls);
            links.offer(server.address());
            links.offer(server.address());
            await(server, 1);
            links.close();
            assertEquals("10.0.0.1:2551 7", gone.take());
            await(server, 0);
        }
        assertNull(gone.poll());
    }

    @Test
    void shouldConnectAgainAfterAConnectionBroke() throws Exception {
        ControlServer server = server(Optional.empty());
        // Something between both cuts the first connection.
        try (java.net.ServerSocket between = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ControlLinks links = links(7, Optional.empty());
            links.offer(new ControlAddress(
                    "127.0.0.1", between.getLocalPort(), server.address().token()));
            between.accept().close();
            try (Socket second = between.accept()) {
                assertTrue(Hello.read(second.getInputStream())
                        .orElseThrow()
                        .hasToken(server.address().token()));
            }
        }
    }

    @Test
    void shouldLetALaterConnectionOfTheSameLifeTakeTheFormersPlace() throws Exception {
        ControlServer server = server(Optional.empty());
        Socket first = say(server, hello(server, 7));
        await(server, 1);
        Socket second = say(server, hello(server, 7));
        assertEquals(-1, first.getInputStream().read());
        assertEquals(1, server.connections());
        second.close();
        assertEquals("10.0.0.1:2551 7", gone.take());
        assertNull(gone.poll());
    }

    @Test
    void shouldDisconnectWhoeverDoesNotKnowTheTokenAndTellNothing() throws Exception {
        ControlServer server = server(Optional.empty());
        Random random = new Random(1);
        byte[] garbage = new byte[1 << 16];
        String token = server.address().token();
        List<byte[]> said = List.of(
                garbage,
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                new byte[] {'\n'},
                new Hello("0".repeat(32), "10.0.0.1:2551", 7).toBytes(),
                ("troupe-control " + token + " 10.0.0.1:2551 9999999999999999999\n")
                        .getBytes(StandardCharsets.US_ASCII),
                ("troupe-control " + token + " " + "a".repeat(600) + " 7\n").getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 60; i++) {
            random.nextBytes(garbage);
            try (Socket socket = say(server, said.get(i % said.size()))) {
                assertEquals(-1, endOf(socket));
            }
        }
        assertEquals(0, server.connections());
        assertNull(gone.poll());
        links(8, Optional.empty()).offer(server.address());
        await(server, 1);
    }

    @Test
    void shouldDisconnectWhoeverGoesOnTalking() throws Exception {
        ControlServer server = server(Optional.empty());
        try (Socket socket = say(server, hello(server, 7))) {
            await(server, 1);
            socket.getOutputStream().write('x');
            assertEquals("10.0.0.1:2551 7", gone.take());
            assertEquals(-1, endOf(socket));
        }
    }

    @Test
    void shouldKeepFewOfThoseThatSayNothing() throws Exception {
        ControlServer server = server(Optional.empty());
        List<Socket> silent = new java.util.ArrayList<>();
        for (int i = 0; i < ControlServer.MOST_STRANGERS; i++) {
            silent.add(say(server, new byte[0]));
        }
        try (Socket more = say(server, new byte[0])) {
            assertEquals(-1, endOf(more));
        }
        // Those that were let in are sent away when their time is over.
        for (Socket each : silent) {
            assertEquals(-1, endOf(each));
            each.close();
        }
        links(8, Optional.empty()).offer(server.address());
        await(server, 1);
    }

    @Test
    void shouldLetNobodyInWithoutACertificateOfTheSameAuthority() throws Exception {
        ControlServer server = server(Optional.of(ours));
        links(1, Optional.of(theirs)).offer(server.address());
        links(2, Optional.empty()).offer(server.address());
        try (Socket plain = say(server, hello(server, 3))) {
            endOf(plain);
        }
        links(4, Optional.of(ours)).offer(server.address());
        await(server, 1);
        server.close();
        assertNull(gone.poll());
    }

    private static byte[] hello(ControlServer server, long life) {
        return new Hello(server.address().token(), "10.0.0.1:2551", life).toBytes();
    }

    private static Socket say(ControlServer server, byte[] bytes) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().port());
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (SocketException e) {
            // Closed by the other side in the middle: what it should do.
        }
        return socket;
    }

    /** -1 however the other side has ended it. */
    private static int endOf(Socket socket) {
        try {
            int last = socket.getInputStream().read();
            while (last >= 0) {
                last = socket.getInputStream().read();
            }
            return last;
        } catch (IOException e) {
            return -1;
        }
    }
}
