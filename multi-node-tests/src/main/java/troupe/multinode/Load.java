package troupe.multinode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Clients that ask the same questions again and again, each at the gateways in turn, and compare every answer with the
 * undisturbed one. Where a gateway is gone or says 503 they ask another one, as clients of two gateways do.
 */
public final class Load implements AutoCloseable {
    private static final int ATTEMPTS = 100;
    private static final long PAUSE_MILLIS = 100;

    /** A request's body, and the chunks of its answer when nothing disturbs. */
    public record Question(String body, List<String> answer) {
        public Question {
            answer = List.copyOf(answer);
        }
    }

    /**
     * What the clients saw.
     *
     * @param requests that have ended
     * @param retried times that a request was sent again, before any answer to it had begun
     * @param failed requests that broke off, or that no gateway answered
     * @param changed answers that are not the undisturbed ones
     */
    public record Counts(int requests, int retried, int failed, int changed) {}

    private final Client client;
    private final ProcessCluster cluster;
    private final List<Question> questions;
    private final List<Thread> clients = new ArrayList<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger retried = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger changed = new AtomicInteger();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    private Load(Client client, ProcessCluster cluster, List<Question> questions) {
        this.client = client;
        this.cluster = cluster;
        this.questions = List.copyOf(questions);
    }

    /** Starts {@code clients}, which ask until {@link #stop}. */
    public static Load start(Client client, ProcessCluster cluster, List<Question> questions, int clients) {
        Load load = new Load(client, cluster, questions);
        for (int i = 0; i < clients; i++) {
            int first = i;
            load.clients.add(Thread.ofVirtual().name("client-" + i).start(() -> load.run(first)));
        }
        return load;
    }

    public Counts counts() {
        return new Counts(requests.get(), retried.get(), failed.get(), changed.get());
    }

    /** Why the first request failed, or null. */
    public @Nullable Exception failure() {
        return failure.get();
    }

    /** Waits until this many more requests have ended than at the call. */
    public void awaitMore(int more) throws InterruptedException {
        int target = requests.get() + more;
        while (requests.get() < target) {
            Thread.sleep(20);
        }
    }

    /** Sends nothing more, waits for the open requests. */
    public Counts stop() throws InterruptedException {
        over.set(true);
        for (Thread each : clients) {
            each.join();
        }
        return counts();
    }

    private void run(int first) {
        for (int next = first; !over.get(); next++) {
            Question question = questions.get(next % questions.size());
            try {
                if (!answer(question.body(), next).equals(question.answer())) {
                    changed.incrementAndGet();
                }
            } catch (IOException | RuntimeException e) {
                failed.incrementAndGet();
                failure.compareAndSet(null, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            requests.incrementAndGet();
        }
    }

    private List<String> answer(String body, int first) throws IOException, InterruptedException {
        IOException last = new IOException("no gateway runs");
        for (int attempt = 0;
                attempt < ATTEMPTS && !(over.get() && cluster.nodes().isEmpty());
                attempt++) {
            List<String> urls = cluster.urls();
            if (!urls.isEmpty()) {
                try {
                    return client.stream(urls.get((first + attempt) % urls.size()), body);
                } catch (Client.NotAnsweredException e) {
                    last = e;
                    retried.incrementAndGet();
                }
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        throw new IOException("no gateway has answered", last);
    }

    /** Sends nothing more, and waits for nothing. */
    @Override
    public void close() {
        over.set(true);
    }
}
