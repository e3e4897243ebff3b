package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.cluster.tls.CertificateAuthority;
import troupe.conf.HttpsSettings;
import troupe.conf.SettingsException;
import troupe.conf.TlsIdentity;

/** The admin API over HTTPS. */
class AdminClientTest {
    private static final String TOKEN = "correct-horse-battery";

    @TempDir
    static Path folder;

    private static Path ours;
    private static Path theirs;
    private static HttpsServer server;

    @BeforeAll
    static void start() throws IOException {
        Path node = CertificateAuthority.in(folder.resolve("ours")).issue("node", List.of("127.0.0.1"));
        ours = node.resolve("ca.crt");
        theirs = CertificateAuthority.in(folder.resolve("theirs")).certificateFile();
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        HttpsSettings files = new HttpsSettings(node.resolve("tls.crt"), node.resolve("tls.key"));
        server.setHttpsConfigurator(new HttpsConfigurator(
                TlsIdentity.load("tls", files, Instant.now()).context()));
        server.createContext("/", exchange -> {
            boolean isOperator =
                    ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] answer = ("{\"admitted\": " + isOperator + "}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            try (var out = exchange.getResponseBody()) {
                out.write(answer);
            }
        });
        server.start();
    }

    @AfterAll
    static void stop() {
        server.stop(0);
    }

    private static AdminClient client(String host, @Nullable Path authority) {
        return new AdminClient("https://" + host + ":" + server.getAddress().getPort(), TOKEN, authority);
    }

    private static String refusal(AdminClient client) {
        return String.valueOf(assertThrows(UserException.class, () -> client.send("GET", "/admin/cluster", null))
                .getMessage());
    }

    @Test
    void shouldTalkToAGatewayWhoseAuthorityItIsGiven() throws Exception {
        assertTrue(client("127.0.0.1", ours)
                .send("GET", "/admin/cluster", null)
                .path("admitted")
                .asBoolean());
    }

    @Test
    void shouldSendItsTokenToNobodyElse() {
        String wrong = refusal(client("127.0.0.1", theirs));
        assertTrue(wrong.contains("was not issued by " + theirs), wrong);
        String unnamed = refusal(client("127.0.0.1", null));
        assertTrue(unnamed.contains("name its authority with --ca"), unnamed);
    }

    @Test
    void shouldNotTakeACertificateForAnotherName() {
        String wrong = refusal(client("localhost", ours));
        assertTrue(wrong.contains("or not for this name"), wrong);
    }

    @Test
    void shouldNameAFileThatIsNoAuthority() {
        SettingsException e = assertThrows(
                SettingsException.class,
                () -> client("127.0.0.1", folder.resolve("absent.crt")).send("GET", "/admin/cluster", null));
        assertEquals("--ca is '" + folder.resolve("absent.crt") + "', which cannot be read", e.getMessage());
    }
}
