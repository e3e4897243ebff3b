package troupe.cli.supervisor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a supervisor does about what happens to its nodes, without processes and clock of its own.
 *
 * <p>While it runs, a node that ends is started again after the wait of its {@link RestartPolicy}, and of {@link
 * #TAKEOVER} where another one takes over, unless it ended with status 0: it has left, as it was asked to. An end goes in three
 * steps, so that every open request finishes: the gateways refuse what is new and wait for what is open; then the workers
 * end; then the gateways. Each step has a limit, after which who is left is killed.
 *
 * <p>Not thread-safe; all times are those of one clock, nanoseconds.
 */
final class Supervision {
    /** What is done to nodes. */
    interface Actions {
        void start(NodeSpec node, boolean again);

        void drain(NodeSpec node);

        void terminate(NodeSpec node);

        void kill(NodeSpec node);

        /** A node ended that should not have: whoever else must know of it is told here. */
        void died(NodeSpec node, int status, long waitNanos);

        /** A node has left for good. */
        void left(NodeSpec node);
    }

    /**
     * A node that is not missed at once is not started sooner: others of its kind go on with what it had in this time, and
     * a start would take a core from them.
     */
    static final Duration TAKEOVER = Duration.ofMillis(1_500);

    /** Beyond a drain's own limit: for closing and leaving. */
    static final Duration MARGIN = Duration.ofSeconds(20);

    /** The status of a node that cannot start for a reason that its user has to mend; it has said why. */
    private static final int MENDABLE = 1;

    private static final long NEVER = Long.MAX_VALUE;

    private enum Phase {
        RUNNING,
        DRAINING_GATEWAYS,
        ENDING_WORKERS,
        ENDING_GATEWAYS,
        ENDED
    }

    private static final class Node {
        final NodeSpec spec;
        final RestartPolicy policy;
        boolean running;
        boolean started;
        boolean ready;
        boolean everReady;
        boolean drained;
        boolean left;
        long startAt = NEVER;

        Node(NodeSpec spec, RestartPolicy policy) {
            this.spec = spec;
            this.policy = policy;
        }
    }

    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final long stepLimit;
    private final Actions actions;
    private Phase phase = Phase.RUNNING;
    private long phaseEnds = NEVER;
    private @Nullable NodeSpec culprit;

    /** @param drainLimit that the nodes keep themselves */
    Supervision(List<NodeSpec> specs, Supplier<RestartPolicy> policies, Duration drainLimit, Actions actions) {
        for (NodeSpec spec : specs) {
            if (nodes.put(spec.name(), new Node(spec, policies.get())) != null) {
                throw new IllegalArgumentException("two nodes are called " + spec.name());
            }
        }
        this.stepLimit = drainLimit.plus(MARGIN).toNanos();
        this.actions = actions;
    }

    /** Starts all nodes. */
    void begin(long now) {
        nodes.values().forEach(node -> start(node, now));
    }

    void ready(String name) {
        Node node = node(name);
        node.ready = true;
        node.everReady = true;
    }

    void drained(String name, long now) {
        node(name).drained = true;
        advance(now);
    }

    void ended(String name, int status, long now) {
        Node node = node(name);
        node.running = false;
        node.ready = false;
        if (phase == Phase.RUNNING) {
            if (status == MENDABLE && !node.everReady) {
                culprit = node.spec;
                stop(now);
                return;
            }
            if (status == 0) {
                node.left = true;
                actions.left(node.spec);
                if (nodes.values().stream().allMatch(each -> each.left)) {
                    stop(now);
                }
                return;
            }
            long wait = node.policy.ended(now);
            if (isReplaced(node)) {
                wait = Math.max(wait, TAKEOVER.toNanos());
            }
            node.startAt = now + wait;
            actions.died(node.spec, status, wait);
        }
        advance(now);
    }

    /** Begins to end; further calls change nothing. */
    void stop(long now) {
        if (phase == Phase.RUNNING) {
            enter(Phase.DRAINING_GATEWAYS, now);
            for (Node node : nodes.values()) {
                node.startAt = NEVER;
                if (node.running && node.spec.gateway()) {
                    if (node.ready) {
                        actions.drain(node.spec);
                    } else { // has taken no request yet
                        actions.terminate(node.spec);
                    }
                }
            }
            advance(now);
        }
    }

    /** What is due by now is done. */
    void tick(long now) {
        if (phase == Phase.RUNNING) {
            for (Node node : nodes.values()) {
                if (node.startAt <= now) {
                    start(node, now);
                }
            }
        } else if (now >= phaseEnds) {
            phaseEnds = NEVER;
            if (phase == Phase.DRAINING_GATEWAYS) {
                endWorkers(now);
            } else {
                boolean gateways = phase == Phase.ENDING_GATEWAYS;
                each(gateways, actions::kill);
            }
            advance(now);
        }
    }

    /** When {@link #tick} has something to do next; the largest long if nothing is due. */
    long nextTick() {
        long next = phaseEnds;
        for (Node node : nodes.values()) {
            next = Math.min(next, node.startAt);
        }
        return next;
    }

    /** Whether the node serves. */
    boolean isReady(String name) {
        return node(name).ready;
    }

    /** Whether every node was asked to start and now serves. */
    boolean allReady() {
        return nodes.values().stream().allMatch(node -> node.ready);
    }

    boolean hasEnded() {
        return phase == Phase.ENDED;
    }

    /** The node that could not start, if that is why all ended. */
    Optional<NodeSpec> culprit() {
        return Optional.ofNullable(culprit);
    }

    private void advance(long now) {
        if (phase == Phase.DRAINING_GATEWAYS && running(true).stream().allMatch(node -> node.drained || !node.ready)) {
            endWorkers(now);
        }
        if (phase == Phase.ENDING_WORKERS && running(false).isEmpty()) {
            enter(Phase.ENDING_GATEWAYS, now);
            each(true, actions::terminate);
        }
        if (phase == Phase.ENDING_GATEWAYS && running(true).isEmpty()) {
            enter(Phase.ENDED, NEVER);
        }
    }

    private void endWorkers(long now) {
        enter(Phase.ENDING_WORKERS, now);
        each(false, actions::terminate);
    }

    private void enter(Phase next, long now) {
        phase = next;
        phaseEnds = next == Phase.ENDED ? NEVER : now + stepLimit;
    }

    private void start(Node node, long now) {
        node.startAt = NEVER;
        node.running = true;
        node.drained = false;
        node.policy.started(now);
        actions.start(node.spec, node.started);
        node.started = true;
    }

    /** Whether another node does what it did. */
    private boolean isReplaced(Node gone) {
        return nodes.values().stream().anyMatch(node -> node.ready && node.spec.gateway() == gone.spec.gateway());
    }

    private List<Node> running(boolean gateways) {
        List<Node> found = new ArrayList<>();
        for (Node node : nodes.values()) {
            if (node.running && node.spec.gateway() == gateways) {
                found.add(node);
            }
        }
        return found;
    }

    private void each(boolean gateways, Consumer<NodeSpec> action) {
        running(gateways).forEach(node -> action.accept(node.spec));
    }

    private Node node(String name) {
        Node node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("there is no node " + name);
        }
        return node;
    }
}
