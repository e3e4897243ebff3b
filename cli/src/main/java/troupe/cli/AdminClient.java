package troupe.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import troupe.conf.TlsIdentity;

/** The admin API as a client sees it. */
final class AdminClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String url;
    private final @Nullable String key;
    private final @Nullable Path authority;

    /**
     * @param key sent as a bearer token; null: none
     * @param authority of the gateway's certificate; null: those that Java trusts
     */
    AdminClient(String url, @Nullable String key, @Nullable Path authority) {
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.key = key;
        this.authority = authority;
    }

    /** A name as one part of a path. */
    static String escaped(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * The answer's JSON; an empty object where there is none.
     *
     * @throws UserException if no gateway is there, or it refuses; the message is the gateway's
     */
    JsonNode send(String method, String path, @Nullable ObjectNode body) throws IOException, InterruptedException {
        HttpRequest.BodyPublisher publisher = body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body.toString());
        try (HttpClient client = client()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                    .timeout(TIMEOUT)
                    .header("Content-Type", "application/json")
                    .method(method, publisher);
            if (key != null) {
                request.header("Authorization", "Bearer " + key);
            }
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            JsonNode answer = parse(response.body());
            if (response.statusCode() >= 400) {
                throw new UserException(answer.path("error")
                        .path("message")
                        .asText("the gateway answers " + response.statusCode() + ": " + response.body()));
            }
            return answer;
        } catch (SSLException e) {
            throw new UserException(
                    "no TLS with " + url + ": "
                            + (authority == null
                                    ? "its certificate is not one that Java trusts; name its authority with --ca"
                                    : "its certificate was not issued by " + authority + ", or not for this name")
                            + " (" + e.getMessage() + ")",
                    e);
        } catch (ConnectException e) {
            throw new UserException("no gateway answers at " + url + "; choose another --url", e);
        } catch (IllegalArgumentException e) {
            throw new UserException("--url is '" + url + "', required is http://HOST:PORT or https://HOST:PORT", e);
        }
    }

    private HttpClient client() {
        HttpClient.Builder builder = HttpClient.newBuilder();
        if (authority != null) {
            builder.sslContext(TlsIdentity.trusting("--ca", authority));
        }
        return builder.build();
    }

    private static JsonNode parse(String text) {
        try {
            return text.isBlank() ? JsonNodeFactory.instance.objectNode() : JSON.readTree(text);
        } catch (JacksonException e) {
            return JsonNodeFactory.instance.objectNode();
        }
    }
}
