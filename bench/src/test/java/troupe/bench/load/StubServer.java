package troupe.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers every completion in the same way and keeps what was asked. */
final class StubServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer http;
    private final List<String> bodies = new CopyOnWriteArrayList<>();

    private StubServer(int status, String answer) throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/v1/completions", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            send(exchange, status, answer);
        });
        http.start();
    }

    /** Streams {@code tokens} chunks of text, a last one without text, and the usage. */
    static StubServer streaming(int tokens) throws IOException {
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < tokens; i++) {
            events.append("data: {\"choices\":[{\"text\":\"w").append(i).append("\"}]}\n\n");
        }
        events.append("data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}\n\n")
                .append("data: {\"choices\":[],\"usage\":{\"completion_tokens\":")
                .append(tokens)
                .append("}}\n\ndata: [DONE]\n\n");
        return new StubServer(200, events.toString());
    }

    static StubServer answering(String body) throws IOException {
        return new StubServer(200, body);
    }

    static StubServer refusing(String reason) throws IOException {
        return new StubServer(503, reason);
    }

    private static void send(HttpExchange exchange, int status, String answer) throws IOException {
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    List<String> bodies() {
        return bodies;
    }

    List<List<Integer>> prompts() throws IOException {
        List<List<Integer>> prompts = new ArrayList<>();
        for (String body : bodies) {
            List<Integer> prompt = new ArrayList<>();
            for (JsonNode id : JSON.readTree(body).get("prompt")) {
                prompt.add(id.intValue());
            }
            prompts.add(prompt);
        }
        return prompts;
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
