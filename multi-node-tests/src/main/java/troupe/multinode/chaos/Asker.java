package troupe.multinode.chaos;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import troupe.client.ClientException;
import troupe.client.ClientSettings;
import troupe.client.EventStream;
import troupe.client.RefusedException;
import troupe.client.ServerEvent;
import troupe.client.TroupeClient;

/** Asks questions as an application would, with the client of this project, and keeps the times of what comes. */
public final class Asker implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofMinutes(3);
    private static final Pattern REQUEST_ID = Pattern.compile("\"id\":\"(?:chat)?cmpl-([^\"]+)\"");

    private final TroupeClient resuming;
    private final TroupeClient plain;
    private final ConcurrentMap<Thread, Question> open = new ConcurrentHashMap<>();

    /**
     * With the settings that clients have by default.
     *
     * @param gateways each as {@code http://HOST:PORT}
     */
    public Asker(List<URI> gateways) {
        this(ClientSettings.of(gateways).withDeadline(DEADLINE));
    }

    public Asker(ClientSettings settings) {
        resuming = new TroupeClient(settings);
        plain = new TroupeClient(settings.withoutResuming());
    }

    /** What is being asked now. */
    List<Question> open() {
        return List.copyOf(open.values());
    }

    /** Returns when the request has ended, well or not. */
    public Outcome ask(Question question) {
        return ask(question, event -> {});
    }

    /** As {@link #ask(Question)}; {@code listener} hears of the time of each event when it comes. */
    public Outcome ask(Question question, LongConsumer listener) {
        open.put(Thread.currentThread(), question);
        long begin = System.nanoTime();
        List<Long> times = new ArrayList<>();
        Tally tally = new Tally();
        Answer answer = null;
        Exception failure = null;
        try {
            answer = question.streamed()
                    ? streamed(
                            question,
                            time -> {
                                times.add(time);
                                listener.accept(time);
                            },
                            tally)
                    : Answer.ofWhole(plain.whole(question.path(), question.body()));
        } catch (IOException | ClientException e) {
            failure = e;
        } finally {
            open.remove(Thread.currentThread());
        }
        return new Outcome(
                question,
                tally.requestId,
                begin,
                times,
                System.nanoTime(),
                answer,
                failure,
                tally.reconnections,
                tally.begunAnew);
    }

    private static final class Tally {
        String requestId = "";
        int reconnections;
        int begunAnew;
    }

    private Answer streamed(Question question, LongConsumer times, Tally tally) throws IOException {
        TroupeClient client = question.resumable() ? resuming : plain;
        while (true) {
            List<String> data = new ArrayList<>();
            RefusedException lost = read(client, question, data, times, tally);
            if (lost == null) {
                return Answer.ofStream(data);
            }
            tally.begunAnew++;
        }
    }

    /** Null at the end of the answer. */
    private static @Nullable RefusedException read(
            TroupeClient client, Question question, List<String> data, LongConsumer times, Tally tally) {
        try (EventStream events = client.stream(question.path(), question.body())) {
            try {
                while (events.hasNext()) {
                    ServerEvent event = events.next();
                    times.accept(System.nanoTime());
                    if (data.isEmpty()) {
                        tally.requestId = requestId(event.data());
                    }
                    data.add(event.data());
                }
                return null;
            } catch (RefusedException e) {
                if (!e.isLost()) {
                    throw e;
                }
                return e;
            } finally {
                tally.reconnections += events.reconnections();
            }
        }
    }

    private static String requestId(String event) {
        Matcher matcher = REQUEST_ID.matcher(event);
        return matcher.find() ? matcher.group(1) : "";
    }

    @Override
    public void close() {
        resuming.close();
        plain.close();
    }
}
