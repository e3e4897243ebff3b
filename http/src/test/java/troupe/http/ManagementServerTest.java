package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorSystem;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.actors.Protocol;
import troupe.cluster.ClusterNode;
import troupe.cluster.tls.CertificateAuthority;
import troupe.conf.Settings;
import troupe.conf.TlsIdentity;
import troupe.conf.TlsSettings;

/** Nodes that find each other over their management ports, and who else may ask there. */
@Timeout(300)
class ManagementServerTest {
    @TempDir
    Path folder;

    private final List<ActorSystem<?>> systems = new ArrayList<>();

    @AfterEach
    void end() {
        systems.forEach(ActorSystem::terminate);
        systems.forEach(
                system -> system.getWhenTerminated().toCompletableFuture().join());
    }

    private static List<Integer> freePorts() throws IOException {
        try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket second = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return List.of(first.getLocalPort(), second.getLocalPort());
        }
    }

    private ActorSystem<?> start(int port, List<Integer> ports, String more) {
        Settings settings = Settings.load(null, """
                troupe.cluster {
                  management.port = %d
                  bootstrap { method = contacts, contacts = ["127.0.0.1:%d", "127.0.0.1:%d"], required-contacts = 2 }
                  %s
                }
                """.formatted(port, ports.get(0), ports.get(1), more));
        ActorSystem<?> system = ClusterNode.join(settings, Protocol.CURRENT).system();
        systems.add(system);
        Optional<SSLContext> tls = settings.cluster()
                .tls()
                .map(files -> TlsIdentity.load("tls", files, Instant.now()).context());
        Metrics metrics = new Metrics();
        metrics.onBegin("worker", "m");
        ManagementServer.start(
                        system,
                        settings.cluster().management(),
                        settings.cluster().bootstrap().method(),
                        tls,
                        metrics)
                .toCompletableFuture()
                .join();
        return system;
    }

    private static void awaitUp(ActorSystem<?> system, int members) throws InterruptedException {
        while (StreamSupport.stream(Cluster.get(system).state().getMembers().spliterator(), false)
                        .filter(member -> member.status().equals(MemberStatus.up()))
                        .count()
                != members) {
            Thread.sleep(50);
        }
    }

    private static HttpResponse<String> get(HttpClient client, String scheme, int port, String path) throws Exception {
        URI uri = URI.create(scheme + "://127.0.0.1:" + port + path);
        return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void shouldFormAClusterOfConfiguredContacts() throws Exception {
        List<Integer> ports = freePorts();
        ActorSystem<?> first = start(ports.get(0), ports, "");
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(200, get(client, "http", ports.get(0), "/alive").statusCode());
            assertEquals(500, get(client, "http", ports.get(0), "/ready").statusCode());
            ActorSystem<?> second = start(ports.get(1), ports, "");
            awaitUp(first, 2);
            awaitUp(second, 2);
            assertEquals(200, get(client, "http", ports.get(1), "/ready").statusCode());
            assertTrue(get(client, "http", ports.get(1), "/metrics").body().contains("vllm:num_requests_running"));
            String self = Cluster.get(second).selfMember().address().toString();
            assertTrue(
                    get(client, "http", ports.get(0), "/cluster/members").body().contains(self));
            HttpRequest down = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + ports.get(0) + "/cluster/members/" + self))
                    .DELETE()
                    .build();
            assertTrue(client.send(down, HttpResponse.BodyHandlers.discarding()).statusCode() >= 400);
            awaitUp(first, 2);
        }
    }

    private static HttpClient client(SSLContext context) {
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static SSLContext context(Path node) {
        TlsSettings files = new TlsSettings(node.resolve("tls.crt"), node.resolve("tls.key"), node.resolve("ca.crt"));
        return TlsIdentity.load("tls", files, Instant.now()).context();
    }

    /** Knows the authority and has no certificate to show. */
    private static SSLContext trusting(Path authority) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(authority)) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    @Test
    void shouldAskForACertificateForAllButProbes() throws Exception {
        CertificateAuthority ours = CertificateAuthority.in(folder.resolve("ours"));
        Path node = ours.issue("node", List.of("127.0.0.1"));
        String tls = "tls { certificate = \"%s\", key = \"%s\", ca = \"%s\" }"
                .formatted(node.resolve("tls.crt"), node.resolve("tls.key"), node.resolve("ca.crt"));
        List<Integer> ports = freePorts();
        ActorSystem<?> first = start(ports.get(0), ports, tls);
        ActorSystem<?> second = start(ports.get(1), ports, tls);
        awaitUp(first, 2);
        awaitUp(second, 2);
        try (HttpClient known = client(context(node));
                HttpClient stranger = client(trusting(node.resolve("ca.crt")))) {
            for (String probe : List.of("/ready", "/alive")) {
                assertEquals(200, get(stranger, "https", ports.get(0), probe).statusCode());
            }
            for (String path : List.of("/cluster/members", "/bootstrap/seed-nodes", "/metrics")) {
                assertEquals(200, get(known, "https", ports.get(0), path).statusCode(), path);
                assertEquals(403, get(stranger, "https", ports.get(0), path).statusCode(), path);
            }
        }
    }
}
