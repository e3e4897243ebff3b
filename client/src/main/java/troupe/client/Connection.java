package troupe.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One POST and the lines of its answer. */
final class Connection implements AutoCloseable {
    private final int status;
    private final LineReader lines;

    private Connection(int status, LineReader lines) {
        this.status = status;
        this.lines = lines;
    }

    /**
     * @param limit for the head of the response
     * @throws IOException if the connection is refused, breaks, or says nothing for {@code limit}
     */
    static Connection open(HttpClient http, HttpRequest request, Duration limit)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<java.io.InputStream>> pending =
                http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        try {
            HttpResponse<java.io.InputStream> response = pending.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return new Connection(response.statusCode(), new LineReader(response.body()));
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw new IOException(at(request.uri()) + " said nothing for " + limit.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException(at(request.uri()) + " does not answer: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            pending.cancel(true);
            throw e;
        }
    }

    private static String at(URI uri) {
        return uri.getScheme() + "://" + uri.getAuthority();
    }

    int status() {
        return status;
    }

    /** The next line; null at the end. */
    @Nullable
    String line(Duration limit) throws IOException, InterruptedException {
        return lines.next(limit);
    }

    /** What is left of the body, at most about {@code mostCharacters} of it. */
    String rest(Duration limit, int mostCharacters) throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder();
        while (text.length() < mostCharacters) {
            String line = lines.next(limit);
            if (line == null) {
                break;
            }
            text.append(line).append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() {
        lines.close();
    }
}
