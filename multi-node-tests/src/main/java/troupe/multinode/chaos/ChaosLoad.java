package troupe.multinode.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that ask, each one question after the other, at least so many, and until nothing more happens to the cluster. */
public final class ChaosLoad implements AutoCloseable {
    private final Asker asker;
    private final List<Question> questions;
    private final int requests;
    private final List<Thread> clients = new ArrayList<>();
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger ended = new AtomicInteger();
    private volatile boolean held = true;
    private volatile boolean over;

    private ChaosLoad(Asker asker, List<Question> questions, int requests) {
        this.asker = asker;
        this.questions = List.copyOf(questions);
        this.requests = requests;
    }

    /**
     * Starts the clients.
     *
     * @param requests of each client
     */
    public static ChaosLoad start(Asker asker, List<Question> questions, int clients, int requests, long seed) {
        ChaosLoad load = new ChaosLoad(asker, questions, requests);
        for (int i = 0; i < clients; i++) {
            Random random = new Random(seed + i);
            load.clients.add(Thread.ofVirtual().name("client-" + i).start(() -> load.run(random)));
        }
        return load;
    }

    private void run(Random random) {
        for (int i = 0; !over && (held || i < requests); i++) {
            Outcome outcome = asker.ask(questions.get(random.nextInt(questions.size())));
            outcomes.add(outcome);
            ended.incrementAndGet();
            if (outcome.failure() != null && Thread.currentThread().isInterrupted()) {
                return;
            }
        }
    }

    /** Waits until this many more requests have ended than at the call. */
    public void awaitMore(int more, Duration limit) throws IOException, InterruptedException {
        int target = ended.get() + more;
        long end = System.nanoTime() + limit.toNanos();
        while (ended.get() < target) {
            if (System.nanoTime() - end > 0) {
                throw new IOException((target - ended.get()) + " of " + more + " requests have not ended within "
                        + limit.toSeconds() + " s; open: " + asker.open());
            }
            Thread.sleep(20);
        }
    }

    /**
     * Lets the clients end once each has asked as much as it should.
     *
     * @throws IOException if they do not within {@code limit}
     */
    public List<Outcome> finish(Duration limit) throws IOException, InterruptedException {
        held = false;
        long end = System.nanoTime() + limit.toNanos();
        for (Thread client : clients) {
            if (!client.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                throw new IOException("requests hang after " + limit.toSeconds() + " s: " + asker.open());
            }
        }
        return outcomes();
    }

    /** Of the requests that have ended. */
    List<Outcome> outcomes() {
        return List.copyOf(outcomes);
    }

    /** Breaks off what is open. */
    @Override
    public void close() {
        over = true;
        clients.forEach(Thread::interrupt);
    }
}
