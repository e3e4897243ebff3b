package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.cluster.tls.CertificateAuthority;
import troupe.conf.HttpsSettings;
import troupe.conf.SettingsException;
import troupe.conf.TlsIdentity;
import troupe.engine.EngineEvent;
import troupe.engine.testing.Gate;

/** The API over HTTPS. */
@Timeout(120)
class HttpsTest {
    private static final List<String> HERE = List.of("localhost", "127.0.0.1");
    private static final String TOKEN = "correct-horse-battery";

    @TempDir
    static Path folder;

    private static Path ours;
    private static Path renewed;
    private static Path theirs;

    @BeforeAll
    static void issue() throws IOException {
        CertificateAuthority authority = CertificateAuthority.in(folder.resolve("ours"));
        ours = authority.issue("first", HERE);
        renewed = authority.issue("second", HERE);
        theirs = CertificateAuthority.in(folder.resolve("theirs")).issue("node", HERE);
    }

    private static String tls(Path node) {
        return "troupe.http.tls { certificate = \"%s\", key = \"%s\" }\n"
                .formatted(node.resolve("tls.crt"), node.resolve("tls.key"));
    }

    private static SSLContext trusting(Path node) {
        return TlsIdentity.trusting("--ca", node.resolve("ca.crt"));
    }

    private static HttpClient client(Path trusted) {
        return HttpClient.newBuilder().sslContext(trusting(trusted)).build();
    }

    private static HttpRequest request(TestServer server, String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
                .header("Authorization", "Bearer " + TOKEN)
                .build();
    }

    @Test
    void shouldAnswerAndStreamOverHttps() throws Exception {
        try (TestServer server = new TestServer(tls(ours));
                HttpClient client = client(ours)) {
            HttpRequest chat = HttpRequest.newBuilder(
                            URI.create("https://127.0.0.1:" + server.port() + "/v1/completions"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            TestServer.completion(3, 8, 1).put("stream", true).toString()))
                    .build();
            HttpResponse<String> answer = client.send(chat, HttpResponse.BodyHandlers.ofString());
            assertEquals(TestServer.expected(3, 8, 1, 0), TestServer.textOf(TestServer.chunks(answer.body()), 0));
            HttpRequest health = request(server, "/health");
            assertEquals(
                    200,
                    client.send(health, HttpResponse.BodyHandlers.ofString()).statusCode());
        }
    }

    @Test
    void shouldNotBeTrustedByWhoTrustsAnotherAuthorityNorSpeakHttp() throws Exception {
        try (TestServer server = new TestServer(tls(ours));
                HttpClient stranger = client(theirs)) {
            assertThrows(
                    SSLException.class,
                    () -> stranger.send(request(server, "/health"), HttpResponse.BodyHandlers.ofString()));
            assertThrows(IOException.class, () -> server.get("/health"));
        }
    }

    @Test
    void shouldNoticeAClientThatGoesAwayWhileItsAnswerIsPending() throws Exception {
        try (TestServer server = new TestServer(tls(ours))) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            byte[] body = TestServer.completion(3, 100, 1).toString().getBytes(StandardCharsets.UTF_8);
            try (SSLSocket socket = (SSLSocket)
                    trusting(ours).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.getOutputStream()
                        .write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                        + "Content-Length: " + body.length + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().write(body);
                gate.awaitArrival();
            }
            server.cancelRequests.take();
            gate.open();
            server.await(EngineEvent.Cancelled.class);
        }
    }

    @Test
    void shouldShowARenewedCertificateWithoutARestart() throws Exception {
        Path live = Files.createDirectories(folder.resolve("live"));
        copy(ours, live);
        try (TestServer server = new TestServer(tls(live))) {
            assertEquals(serial(ours), shown(server));
            copy(renewed, live);
            while (!shown(server).equals(serial(renewed))) {
                Thread.sleep(100);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        for (String name : List.of("tls.crt", "tls.key")) {
            Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String serial(Path node) throws Exception {
        try (var in = Files.newInputStream(node.resolve("tls.crt"))) {
            return ((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in))
                    .getSerialNumber()
                    .toString();
        }
    }

    /** The serial number of the certificate that a new connection gets. */
    private static String shown(TestServer server) throws Exception {
        try (SSLSocket socket = (SSLSocket)
                trusting(ours).getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), server.port())) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .toString();
        }
    }

    @Test
    void shouldNeedTokenAndTlsForTheAdminApiOffLoopback() throws Exception {
        String open = "troupe.http { host = 0.0.0.0, admin-token = " + TOKEN + ", allow-unauthenticated = true }\n";
        try (TestServer plain = new TestServer(open)) {
            HttpResponse<String> refused = plain.send(HttpRequest.newBuilder(plain.uri("/admin/cluster"))
                    .header("Authorization", "Bearer " + TOKEN)
                    .build());
            assertEquals(403, refused.statusCode());
            assertTrue(refused.body().contains("TLS"), refused.body());
        }
        try (TestServer encrypted = new TestServer(open + tls(ours));
                HttpClient client = client(ours)) {
            assertEquals(
                    200,
                    client.send(request(encrypted, "/admin/cluster"), HttpResponse.BodyHandlers.ofString())
                            .statusCode());
        }
    }

    @Test
    void shouldRefuseFilesThatDoNotBelongTogether() {
        HttpsSettings mixed = new HttpsSettings(ours.resolve("tls.crt"), theirs.resolve("tls.key"));
        SettingsException e =
                assertThrows(SettingsException.class, () -> TlsIdentity.load(ServerTls.SECTION, mixed, Instant.now()));
        assertTrue(
                String.valueOf(e.getMessage()).startsWith("troupe.http.tls.key is '" + theirs.resolve("tls.key")),
                e::toString);
        HttpsSettings absent = new HttpsSettings(folder.resolve("absent"), ours.resolve("tls.key"));
        assertThrows(SettingsException.class, () -> TlsIdentity.load(ServerTls.SECTION, absent, Instant.now()));
    }

    @Test
    void shouldTakeAnEllipticKeyToo() throws Exception {
        Path store = folder.resolve("ec.p12");
        String password = "password";
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "ec",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=troupe",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        password)
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, keytool.waitFor(), said);
        KeyStore keys = KeyStore.getInstance(store.toFile(), password.toCharArray());
        Path certificate = pem(
                folder.resolve("ec.crt"),
                "CERTIFICATE",
                keys.getCertificate("ec").getEncoded());
        Path key = pem(
                folder.resolve("ec.key"),
                "PRIVATE KEY",
                keys.getKey("ec", password.toCharArray()).getEncoded());
        TlsIdentity.load(ServerTls.SECTION, new HttpsSettings(certificate, key), Instant.now());
        HttpsSettings mixed = new HttpsSettings(certificate, ours.resolve("tls.key"));
        assertThrows(SettingsException.class, () -> TlsIdentity.load(ServerTls.SECTION, mixed, Instant.now()));
    }

    private static Path pem(Path file, String type, byte[] content) throws IOException {
        return Files.writeString(
                file,
                "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END "
                        + type + "-----\n");
    }
}
