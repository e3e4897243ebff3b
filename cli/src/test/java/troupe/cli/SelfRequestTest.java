package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.cluster.tls.CertificateAuthority;
import troupe.conf.Secret;
import troupe.conf.Settings;
import troupe.conf.TlsIdentity;

/** A server that asks for keys over HTTPS, with the default model, and its start's last step. */
@Timeout(300)
class SelfRequestTest {
    private static final String KEY = "correct-horse-battery";

    @TempDir
    Path folder;

    @Test
    void shouldBeAnsweredWhereOthersNeedAKeyAndTheAuthority() throws Exception {
        Path node = CertificateAuthority.in(folder).issue("node", List.of("127.0.0.1"));
        Settings settings = Settings.load(
                null,
                "troupe { http.port = 0, engine.kv-memory = 256 MiB, http.api-key = " + KEY + " }\n"
                        + new Overrides()
                                .add("troupe.http.tls.certificate", node.resolve("tls.crt"))
                                .add("troupe.http.tls.key", node.resolve("tls.key")));
        try (Server server = Server.start(settings, Models.ofThisUser(), new StartPhases(System::nanoTime));
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(TlsIdentity.trusting("--ca", node.resolve("ca.crt")))
                        .build()) {
            String model = server.node().models().fallback();
            String answer = server.self().chat(model, 1);
            assertTrue(answer.contains("data: [DONE]"), answer);
            SelfRequest guessing =
                    new SelfRequest(server.self().server(), server.self().tls(), new Secret("0".repeat(64)));
            assertThrows(IOException.class, () -> guessing.chat(model, 1));

            assertTrue(server.url().startsWith("https://127.0.0.1:"), server.url());
            HttpRequest.Builder models = HttpRequest.newBuilder(URI.create(server.url() + "/v1/models"));
            assertEquals(401, status(client, models.build()));
            assertEquals(
                    200,
                    status(
                            client,
                            models.header("Authorization", "Bearer " + KEY).build()));
        }
    }

    private static int status(HttpClient client, HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
