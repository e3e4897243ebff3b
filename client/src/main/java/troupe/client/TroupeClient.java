package troupe.client;

import java.io.IOException;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Asks a cluster by the list of its gateways. An answer that is streamed goes on at another gateway where it was when its
 * connection breaks, or its gateway dies. For any number of threads; a request holds the one that asks, best a virtual one.
 */
public final class TroupeClient implements AutoCloseable {
    private static final int RESUME_ID_BYTES = 16;

    private final ClientSettings settings;
    private final SecureRandom random = new SecureRandom();
    private final AtomicInteger requests = new AtomicInteger();
    private final HttpClient http;

    public TroupeClient(ClientSettings settings) {
        this.settings = settings;
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.silenceLimit())
                .build();
    }

    /**
     * Begins a streamed answer; nothing is sent before the first event is asked for.
     *
     * @param path {@code /v1/chat/completions} for example
     * @param body a JSON object; {@code stream} is set, and {@code seed} where there is none
     * @throws IllegalArgumentException if the body is not a JSON object
     */
    public EventStream stream(String path, String body) {
        return new EventStream(attempts(path, RequestBody.repeatable(body, true, random), resumeId()), settings);
    }

    /** Reads a streamed answer to its end and gives each event to {@code listener}, on this thread. */
    public void stream(String path, String body, Consumer<ServerEvent> listener) {
        try (EventStream events = stream(path, body)) {
            events.forEachRemaining(listener);
        }
    }

    /**
     * All events of a streamed answer. Where every copy of the request has died, it is begun anew within the deadline: the
     * body has a seed, so the answer is the one that was lost.
     */
    public List<ServerEvent> answer(String path, String body) {
        String repeatable = RequestBody.repeatable(body, true, random);
        long end = System.nanoTime() + settings.deadline().toNanos();
        while (true) {
            List<ServerEvent> all = new ArrayList<>();
            long left = Math.max(1, end - System.nanoTime());
            try (EventStream events = new EventStream(
                    attempts(path, repeatable, resumeId()), settings.withDeadline(Duration.ofNanos(left)))) {
                events.forEachRemaining(all::add);
                return all;
            } catch (RefusedException e) {
                if (!e.isLost()) {
                    throw e;
                }
            }
        }
    }

    /**
     * An answer in one piece. It cannot be taken up: each attempt computes it anew, to the same tokens.
     *
     * @param body a JSON object; {@code stream} is set to false, and {@code seed} where there is none
     * @return the response's body
     * @throws RefusedException if a gateway's answer is final
     * @throws ClientException at the deadline
     */
    public String whole(String path, String body) {
        Attempts attempts = attempts(path, RequestBody.repeatable(body, false, random), "");
        long end = System.nanoTime() + settings.deadline().toNanos();
        while (true) {
            Duration left = Duration.ofNanos(end - System.nanoTime());
            try {
                return whole(attempts, left);
            } catch (IOException e) {
                Duration pause = attempts.pause();
                if (System.nanoTime() + pause.toNanos() - end >= 0) {
                    throw new ClientException("the deadline has passed: " + e.getMessage(), e);
                }
                sleep(pause);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private static String whole(Attempts attempts, Duration limit) throws IOException, InterruptedException {
        try (Connection connection = attempts.open("", limit)) {
            String body = connection.rest(limit, Integer.MAX_VALUE);
            return switch (Verdict.of(connection.status())) {
                case ANSWERED -> body;
                case LATER -> throw new IOException(connection.status() + ": " + body);
                case FINAL -> throw RefusedException.of(connection.status(), body);
            };
        }
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static ClientException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new ClientException("interrupted", e);
    }

    private Attempts attempts(String path, String body, String resumeId) {
        Backoff backoff = new Backoff(settings.firstPause(), settings.longestPause(), random);
        int first =
                Math.floorMod(requests.getAndIncrement(), settings.gateways().size());
        return new Attempts(http, settings, path, body, resumeId, backoff, first);
    }

    /** So random that nobody guesses it, since whoever has it can read the answer; empty where nothing is to be taken up. */
    private String resumeId() {
        if (!settings.resumable()) {
            return "";
        }
        byte[] bytes = new byte[RESUME_ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Breaks off what is open. */
    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
