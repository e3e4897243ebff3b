package troupe.cluster.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.Address;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import troupe.conf.TlsSettings;

/** Who gets into a cluster whose remoting is secured, and who does not. */
@Timeout(300)
class TlsClusterTest {
    /** How long the uninvited try; a member of the same authority is up within a second or two. */
    private static final long TRYING_MILLIS = 4_000;

    private static final int CONNECTIONS = 50;

    @TempDir
    static Path folder;

    private static TlsSettings ours;
    private static TlsSettings theirs;

    private final List<ActorSystem<Void>> systems = new ArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    @BeforeAll
    static void issue() throws IOException {
        ours = files(CertificateAuthority.in(folder.resolve("ours")).issue("node", List.of("127.0.0.1")));
        theirs = files(CertificateAuthority.in(folder.resolve("theirs")).issue("node", List.of("127.0.0.1")));
    }

    private static TlsSettings files(Path node) {
        return new TlsSettings(node.resolve("tls.crt"), node.resolve("tls.key"), node.resolve("ca.crt"));
    }

    @BeforeEach
    void listen() {
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void end() {
        root.detachAppender(log);
        systems.forEach(ActorSystem::terminate);
        systems.forEach(
                system -> system.getWhenTerminated().toCompletableFuture().join());
    }

    private ActorSystem<Void> start(Optional<TlsSettings> tls) {
        Config config = RemotingSecurity.of("127.0.0.1", tls, Instant.now())
                .config()
                .withFallback(ConfigFactory.parseString(
                        "akka.remote.artery.canonical { hostname = \"127.0.0.1\", port = 0 }"))
                .withFallback(ConfigFactory.parseResourcesAnySyntax("troupe-cluster"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "troupe", config);
        systems.add(system);
        return system;
    }

    private static void join(ActorSystem<?> system, Address address) {
        Cluster.get(system).manager().tell(Join.create(address));
    }

    private static Address address(ActorSystem<?> system) {
        return Cluster.get(system).selfMember().address();
    }

    private static long up(ActorSystem<?> system) {
        return StreamSupport.stream(Cluster.get(system).state().getMembers().spliterator(), false)
                .filter(member -> member.status().equals(MemberStatus.up()))
                .count();
    }

    private static void awaitUp(ActorSystem<?> system, int members) throws InterruptedException {
        while (up(system) != members) {
            Thread.sleep(20);
        }
    }

    private ActorSystem<Void> clusterOfTwo() throws InterruptedException {
        ActorSystem<Void> first = start(Optional.of(ours));
        ActorSystem<Void> second = start(Optional.of(ours));
        join(first, address(first));
        join(second, address(first));
        awaitUp(first, 2);
        awaitUp(second, 2);
        return first;
    }

    private long warnings() {
        synchronized (log) {
            return List.copyOf(log.list).stream()
                    .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                    .count();
        }
    }

    @Test
    void shouldLetNodesOfOneAuthorityJoinAndNobodyElse() throws Exception {
        ActorSystem<Void> cluster = clusterOfTwo();
        ActorSystem<Void> stranger = start(Optional.of(theirs));
        ActorSystem<Void> plain = start(Optional.empty());
        join(stranger, address(cluster));
        join(plain, address(cluster));
        Thread.sleep(TRYING_MILLIS);
        assertEquals(2, Cluster.get(cluster).state().members().size());
        assertEquals(0, up(stranger));
        assertEquals(0, up(plain));
        // One that is entitled still gets in.
        ActorSystem<Void> third = start(Optional.of(ours));
        join(third, address(cluster));
        awaitUp(third, 3);
        awaitUp(cluster, 3);
    }

    @Test
    void shouldNotMindAScannerOrGarbage() throws Exception {
        ActorSystem<Void> cluster = clusterOfTwo();
        int port = address(cluster).port().get() instanceof Integer number ? number : 0;
        long before = warnings();
        Random random = new Random(1);
        byte[] request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < CONNECTIONS; i++) {
            byte[] garbage = new byte[1 << 16];
            random.nextBytes(garbage);
            switch (i % 3) {
                case 0 -> send(port, new byte[0]);
                case 1 -> send(port, request);
                default -> send(port, garbage);
            }
        }
        ActorSystem<Void> third = start(Optional.of(ours));
        join(third, address(cluster));
        awaitUp(cluster, 3);
        long lines = warnings() - before;
        assertTrue(lines <= CONNECTIONS, () -> lines + " lines: " + log.list);
        assertEquals(0, cluster.whenTerminated().isCompleted() ? 1 : 0);
    }

    private static void send(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (SocketException e) {
            // Closed by the other side in the middle: what it should do.
        }
    }
}
