package troupe.multinode.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import troupe.multinode.NodeProcess;

/** What a scenario's script has: the cluster, its clients, chance, and somewhere to say what it does. */
final class Stage {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int TRIES = 200;
    /** What nodes say of themselves is half a second old at most. */
    private static final long LOOK_MILLIS = 10;
    /** Requests: likely there are streams among them, and some go on for a while. */
    private static final int SEVERAL = 3;

    private static final int SHORTEST_PAUSE_MILLIS = 200;
    private static final int LONGEST_PAUSE_MILLIS = 1_500;

    /** Something that is done to the cluster. */
    interface Action {
        void run() throws IOException, InterruptedException;
    }

    private final ChaosOptions options;
    private final ChaosCluster cluster;
    private final Random random;
    private final Consumer<String> say;
    private final Duration lasting;
    private final List<Long> faults = new ArrayList<>();
    private @Nullable ChaosLoad load;

    /** @param lasting how long a scenario goes on that could go on for ever */
    Stage(ChaosOptions options, ChaosCluster cluster, Random random, Consumer<String> say, Duration lasting) {
        this.options = options;
        this.cluster = cluster;
        this.random = random;
        this.say = say;
        this.lasting = lasting;
    }

    void begin(ChaosLoad started) {
        load = started;
    }

    ChaosOptions options() {
        return options;
    }

    ChaosCluster cluster() {
        return cluster;
    }

    Random random() {
        return random;
    }

    Duration lasting() {
        return lasting;
    }

    /** When the faults happened. */
    List<Long> faults() {
        return List.copyOf(faults);
    }

    void say(String line) {
        say.accept("  " + line);
    }

    <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /**
     * The worker that computes most, once it has several requests, where one is found soon; otherwise the one that had most
     * of all that were seen meanwhile. One that has nothing to do notices no fault of its engine.
     */
    Slot busyWorker() throws IOException, InterruptedException {
        List<Slot> workers = new ArrayList<>(cluster.workers());
        Slot busiest = any(workers);
        int most = 0;
        for (int i = 0; i < TRIES && most < SEVERAL; i++) {
            Collections.shuffle(workers, random);
            for (Slot worker : workers) {
                int running = cluster.running(worker);
                if (running > most) {
                    most = running;
                    busiest = worker;
                }
            }
            Thread.sleep(LOOK_MILLIS);
        }
        return busiest;
    }

    /** Does something that clients may notice. */
    void fault(String what, Action action) throws IOException, InterruptedException {
        say(what);
        faults.add(System.nanoTime());
        action.run();
    }

    /** Waits until the clients are at work, and then for a moment that chance chooses. */
    void awaitMoment() throws IOException, InterruptedException {
        awaitAnswers(options.clients());
        Thread.sleep(random.nextInt(SHORTEST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS));
    }

    /** Waits until this many more requests have ended. */
    void awaitAnswers(int more) throws IOException, InterruptedException {
        ChaosLoad running = load;
        if (running == null) {
            throw new IllegalStateException("the clients have not begun");
        }
        running.awaitMore(more, LIMIT);
    }

    /** Kills nodes at one moment, and waits until others have taken their places. */
    void kill(List<Slot> slots) throws IOException, InterruptedException {
        List<NodeProcess> processes = slots.stream().map(Slot::process).toList();
        fault("SIGKILL to " + slots, () -> processes.forEach(NodeProcess::close));
        for (NodeProcess process : processes) {
            process.kill();
        }
        cluster.awaitWhole();
    }
}
