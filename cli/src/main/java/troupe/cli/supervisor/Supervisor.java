package troupe.cli.supervisor;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps node processes running until it is told to stop; the shell around {@link Supervision}. */
public final class Supervisor {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    /** Who wants to know. */
    public interface Listener {
        /** All nodes serve, for the first time. */
        void allReady();

        /** A node ended by itself; the gateways have been told. */
        void died(NodeSpec node, int status);
    }

    /** What a node's process is. */
    @FunctionalInterface
    public interface Processes {
        /** Not started yet; {@code again}: it ran before, so others may know it already. */
        ProcessBuilder of(NodeSpec node, boolean again);
    }

    /**
     * What a supervisor is made of.
     *
     * @param nodes to keep running; their names are unique
     * @param drainLimit that the nodes keep
     * @param processes what to start
     * @param out and {@code err}: where the nodes' lines go
     * @param nanoClock of waits and limits
     */
    public record Parts(
            List<NodeSpec> nodes,
            Duration drainLimit,
            Processes processes,
            PrintStream out,
            PrintStream err,
            Listener listener,
            LongSupplier nanoClock) {
        public Parts {
            nodes = List.copyOf(nodes);
        }
    }

    private sealed interface Event {
        record Ready(String node) implements Event {}

        record Drained(String node) implements Event {}

        record Ended(String node, long pid, int status) implements Event {}

        record Stop() implements Event {}
    }

    private final Parts parts;
    private final Supervision supervision;
    private final Map<String, NodeProcess> processes = new HashMap<>();
    private final int nameWidth;
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Three for each life of a node, and one for each call of {@link #stop}. */
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

    public Supervisor(Parts parts) {
        this.parts = parts;
        this.nameWidth = parts.nodes().stream()
                .mapToInt(node -> node.name().length())
                .max()
                .orElse(0);
        this.supervision =
                new Supervision(parts.nodes(), RestartPolicy::standard, parts.drainLimit(), new ProcessActions());
    }

    /**
     * Starts the nodes and keeps them running; returns after {@link #stop}, when all have ended.
     *
     * @return 0, or 1 if a node could not start for a reason that its user has to mend
     */
    public int run() throws InterruptedException {
        try {
            supervision.begin(now());
            boolean told = false;
            while (!supervision.hasEnded()) {
                long next = supervision.nextTick();
                Event event = next == Long.MAX_VALUE
                        ? events.take()
                        : events.poll(Math.max(0, next - now()), TimeUnit.NANOSECONDS);
                if (event != null) {
                    handle(event);
                }
                supervision.tick(now());
                if (!told && supervision.allReady()) {
                    told = true;
                    parts.listener().allReady();
                }
            }
        } finally {
            processes.values().forEach(NodeProcess::kill);
            ended.countDown();
        }
        supervision
                .culprit()
                .ifPresent(
                        node -> parts.err().println("troupe: " + node.name() + " cannot start; see its lines above"));
        return supervision.culprit().isPresent() ? 1 : 0;
    }

    /** Ends all nodes in order; returns at once. Any thread may call it. */
    public void stop() {
        events.add(new Event.Stop());
    }

    /** Returns when {@link #run} is through. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    private void handle(Event event) {
        switch (event) {
            case Event.Ready(String node) -> supervision.ready(node);
            case Event.Drained(String node) -> supervision.drained(node, now());
            case Event.Ended(String node, long pid, int status) -> {
                NodeProcess gone = processes.remove(node);
                if (gone != null && status != 0) {
                    tellGateways(new ControlProtocol.Died(gone.spec().address(), pid, status));
                }
                supervision.ended(node, status, now());
            }
            case Event.Stop() -> supervision.stop(now());
        }
    }

    /** What is certain, the cluster need not find out. */
    private void tellGateways(ControlProtocol.Died died) {
        for (NodeProcess process : processes.values()) {
            if (process.spec().gateway() && supervision.isReady(process.spec().name())) {
                process.tell(died);
            }
        }
    }

    private long now() {
        return parts.nanoClock().getAsLong();
    }

    private static void print(PrintStream stream, String line) {
        synchronized (stream) {
            stream.println(line);
        }
    }

    private final class ProcessActions implements Supervision.Actions, NodeProcess.Listener {
        @Override
        public void start(NodeSpec node, boolean again) {
            try {
                NodeProcess process = NodeProcess.start(
                        node,
                        parts.processes().of(node, again),
                        node.name() + " ".repeat(nameWidth - node.name().length()) + " | ",
                        line -> print(parts.out(), line),
                        line -> print(parts.err(), line),
                        this);
                processes.put(node.name(), process);
                LOG.debug("{} is process {}", node.name(), process.pid());
            } catch (UncheckedIOException e) {
                LOG.error("{}", node.name(), e);
                events.add(new Event.Ended(node.name(), 0, -1));
            }
        }

        @Override
        public void drain(NodeSpec node) {
            process(node).ifPresent(NodeProcess::drain);
        }

        @Override
        public void terminate(NodeSpec node) {
            process(node).ifPresent(NodeProcess::terminate);
        }

        @Override
        public void kill(NodeSpec node) {
            LOG.warn("{} has not ended in time: killing it", node.name());
            process(node).ifPresent(NodeProcess::kill);
        }

        @Override
        public void died(NodeSpec node, int status, long waitNanos) {
            LOG.warn(
                    "{} has ended with status {}; starting it again in {} s",
                    node.name(),
                    status,
                    String.format(Locale.ROOT, "%.1f", waitNanos / 1e9));
            parts.listener().died(node, status);
        }

        @Override
        public void left(NodeSpec node) {
            LOG.info("{} has left", node.name());
        }

        @Override
        public void ready(NodeProcess process) {
            events.add(new Event.Ready(process.spec().name()));
        }

        @Override
        public void drained(NodeProcess process) {
            events.add(new Event.Drained(process.spec().name()));
        }

        @Override
        public void ended(NodeProcess process, int status) {
            events.add(new Event.Ended(process.spec().name(), process.pid(), status));
        }

        /** Absent if it could not be started; its end is among the events then. */
        private Optional<NodeProcess> process(NodeSpec node) {
            return Optional.ofNullable(processes.get(node.name()));
        }
    }
}
