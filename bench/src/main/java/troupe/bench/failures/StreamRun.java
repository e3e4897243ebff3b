package troupe.bench.failures;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import troupe.multinode.chaos.Asker;
import troupe.multinode.chaos.Outcome;
import troupe.multinode.chaos.Question;

/**
 * Streams that began at once, and what was done when all of them were on their way.
 *
 * @param outcomes in the order of the questions
 * @param faultNanos when it was done, by {@link System#nanoTime}, and faultMillis: by the clock of the day
 */
record StreamRun(List<Outcome> outcomes, long faultNanos, long faultMillis) {
    private static final long LOOK_MILLIS = 2;

    /** What is done to the cluster. */
    interface Fault {
        void run() throws IOException, InterruptedException;
    }

    StreamRun {
        outcomes = List.copyOf(outcomes);
    }

    /** Streams that nothing happens to. */
    static List<Outcome> undisturbed(Asker asker, List<Question> questions) throws IOException, InterruptedException {
        List<Outcome> outcomes = play(asker, questions, 0, () -> {}).outcomes();
        for (Outcome outcome : outcomes) {
            if (outcome.failure() != null) {
                throw new IOException("a stream failed while nothing disturbs", outcome.failure());
            }
        }
        return outcomes;
    }

    /**
     * Returns when all streams have ended.
     *
     * @param events that the fastest stream has had when the fault comes
     * @throws IOException if a stream ends before
     */
    static StreamRun play(Asker asker, List<Question> questions, int events, Fault fault)
            throws IOException, InterruptedException {
        List<AtomicInteger> come = new ArrayList<>();
        List<CompletableFuture<Outcome>> asked = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Question question : questions) {
                AtomicInteger mine = new AtomicInteger();
                come.add(mine);
                asked.add(CompletableFuture.supplyAsync(
                        () -> asker.ask(question, time -> mine.incrementAndGet()), threads));
            }
            while (come.stream().allMatch(count -> count.get() < events)) {
                for (CompletableFuture<Outcome> each : asked) {
                    if (each.isDone()) {
                        throw new IOException(
                                "a stream ended before one had " + events + " events",
                                each.join().failure());
                    }
                }
                Thread.sleep(LOOK_MILLIS);
            }
            long nanos = System.nanoTime();
            long millis = System.currentTimeMillis();
            fault.run();
            List<Outcome> outcomes = asked.stream().map(CompletableFuture::join).toList();
            return new StreamRun(outcomes, nanos, millis);
        }
    }
}
