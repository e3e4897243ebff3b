package troupe.bench.peer;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server that runs as a process of its own until this is closed. */
public final class ServerProcess implements AutoCloseable {
    private static final long START_SECONDS = 180;
    private static final long END_SECONDS = 15;
    private static final long PAUSE_MILLIS = 100;

    private final Process process;
    private final URI address;

    private ServerProcess(Process process, URI address) {
        this.process = process;
        this.address = address;
    }

    public long pid() {
        return process.pid();
    }

    /** A port of this machine that nobody listens on now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /**
     * Starts a server and waits until {@code /health} answers 200.
     *
     * @param port of 127.0.0.1 that the command makes it listen on
     * @param log gets all that it prints
     * @throws IOException if it ends or is not ready in time; says the end of the log
     */
    public static ServerProcess start(List<String> command, int port, Path log)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ServerProcess server = new ServerProcess(process, URI.create("http://127.0.0.1:" + port));
        try {
            server.awaitHealth(log);
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void awaitHealth(Path log) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/health"))
                .timeout(Duration.ofSeconds(5))
                .build();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            while (!healthy(http, request)) {
                if (process.waitFor(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                    throw new IOException(
                            "the server ended with status " + process.exitValue() + ": " + Programs.endOf(log));
                }
                if (System.nanoTime() > end) {
                    throw new IOException(
                            "the server was not ready after " + START_SECONDS + " s: " + Programs.endOf(log));
                }
            }
        }
    }

    private static boolean healthy(HttpClient http, HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false; // nobody listens yet
        }
    }

    public URI address() {
        return address;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
