package troupe.bench.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BurstTest {
    @Test
    void shouldReadARefusal() {
        Burst.Reply reply = Burst.reply("HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\nX: y\r\n\r\n{}", 1.5);
        assertEquals(new Burst.Reply(429, Optional.of("3"), 1.5, "{}"), reply);
        assertTrue(reply.isRefusal());
    }

    @Test
    void shouldTakeABrokenResponseForNone() {
        Burst.Reply reply = Burst.reply("HTTP/1.1 200 OK\r\nContent-", 1);
        assertEquals(0, reply.status());
        assertFalse(reply.isRefusal());
    }

    @Test
    void shouldSendAllAndGiveTheRepliesInTheirOrder() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/echo", exchange -> {
            byte[] body = (exchange.getRequestHeaders().getFirst("Authorization") + " "
                            + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
            try (Burst burst = Burst.open(uri, 2, Duration.ZERO)) {
                for (int again = 0; again < 2; again++) {
                    List<Burst.Reply> replies = burst.send(
                            List.of(new Burst.Sent("a", "/echo", "eins"), new Burst.Sent("b", "/echo", "zwölf")));
                    assertEquals(
                            List.of("Bearer a eins", "Bearer b zwölf"),
                            replies.stream().map(Burst.Reply::body).toList());
                }
            }
        } finally {
            server.stop(0);
        }
    }
}
