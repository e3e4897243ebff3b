package troupe.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import troupe.actors.Batcher;
import troupe.actors.CborSerializable;
import troupe.actors.Gateway;
import troupe.actors.Protocol;
import troupe.actors.StepObserver;
import troupe.actors.admin.ClusterView.ReplicaStatus;

/**
 * Runs a node's replicas: starts and stops batchers until they are those that the reconciler wants, and tells the
 * gateways how it stands. Refuses what the node's memory does not hold, and models whose bytes are others here.
 */
final class NodeAgent extends AbstractBehavior<NodeAgent.Command> {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Run.class, name = "run"),
        @JsonSubTypes.Type(value = Drain.class, name = "drain")
    })
    sealed interface Command extends CborSerializable {}

    /**
     * All replicas that the node is to run; repeated. One of an earlier term is ignored.
     *
     * @param term rises from one reconciler to the next
     */
    record Run(long term, List<ReplicaSpec> replicas) implements Command {
        Run {
            replicas = List.copyOf(replicas);
        }
    }

    /** An operator wants the node to finish or hand over what runs, and to leave. */
    record Drain() implements Command {}

    sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    record Gateways(Set<ActorRef<Gateway.Command>> gateways) implements Internal {}

    record ControlPlanes(Set<ActorRef<ControlPlane.Command>> controlPlanes) implements Internal {}

    /** Hands all replicas over; answered when none is left. */
    record DrainReplicas(Duration handOverAfter, ActorRef<Done> replyTo) implements Internal {}

    /** Closes all engines at once; answered when they are closed. */
    record Stop(ActorRef<Done> replyTo) implements Internal {}

    record Done() implements NoSerializationVerificationNeeded {}

    private record Opened(
            String name,
            @Nullable NodeModel model,
            @Nullable Throwable failure) implements Internal {}

    private record ReplicaState(Batcher.State state) implements Internal {}

    private record ReplicaStopped(String name) implements Internal {}

    private enum Tick implements Internal {
        TICK
    }

    /**
     * What an agent needs.
     *
     * @param node its name
     * @param life a number of its own for each start of the node
     * @param drainAsked completed when an operator drains the node
     */
    record Shared(
            String node,
            long life,
            List<String> roles,
            Protocol protocol,
            List<NodeDevice> devices,
            long defaultKvBytes,
            ModelLibrary library,
            StepObserver observer,
            Duration silenceLimit,
            Duration heartbeatInterval,
            Duration handOverAfter,
            Executor blocking,
            LongSupplier nanoClock,
            CompletableFuture<Void> drainAsked) {}

    static final Duration REPORT_INTERVAL = Duration.ofMillis(500);

    /** After this a replica that failed may be tried again. */
    private static final Duration FAILURE_KEPT = Duration.ofSeconds(30);

    private static final class Replica {
        final String name;
        final ReplicaSpec spec;
        final long reservedBytes;
        ReplicaStatus status = ReplicaStatus.LOADING;

        @Nullable
        NodeModel model;

        @Nullable
        ActorRef<Batcher.Command> batcher;

        Batcher.@Nullable State state;

        @Nullable
        String message;

        long failedNanos;

        Replica(String name, ReplicaSpec spec, long reservedBytes) {
            this.name = name;
            this.spec = spec;
            this.reservedBytes = reservedBytes;
        }

        boolean is(ReplicaStatus which) {
            return status == which;
        }
    }

    private final Shared shared;
    private final Map<String, Replica> replicas = new LinkedHashMap<>();
    private final ActorRef<Batcher.State> states;
    private final ActorRef<Batcher.Stopped> stopped;
    private final List<ActorRef<Done>> waiting = new ArrayList<>();
    private Set<ActorRef<Gateway.Command>> gateways;
    private Set<ActorRef<ControlPlane.Command>> controlPlanes = Set.of();
    private long term = -1;
    private int started;
    private boolean draining;

    static Behavior<Command> create(Shared shared, Set<ActorRef<Gateway.Command>> gateways) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, REPORT_INTERVAL);
            return new NodeAgent(context, shared, gateways);
        }));
    }

    private NodeAgent(ActorContext<Command> context, Shared shared, Set<ActorRef<Gateway.Command>> gateways) {
        super(context);
        this.shared = shared;
        this.gateways = Set.copyOf(gateways);
        context.setLoggerName(NodeAgent.class);
        states = context.messageAdapter(Batcher.State.class, ReplicaState::new);
        stopped = context.messageAdapter(Batcher.Stopped.class, done -> new ReplicaStopped(done.worker()));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Run(var ofTerm, var wanted) -> {
                if (ofTerm >= term && !draining) {
                    term = ofTerm;
                    run(wanted);
                }
            }
            case Drain() -> {
                draining = true;
                shared.drainAsked().complete(null);
                report();
            }
            case Gateways(var known) -> {
                gateways = Set.copyOf(known);
                for (Replica replica : replicas.values()) {
                    if (replica.batcher != null) {
                        replica.batcher.tell(new Batcher.Gateways(gateways));
                    }
                }
            }
            case ControlPlanes(var known) -> {
                controlPlanes = Set.copyOf(known);
                report();
            }
            case Opened opened -> onOpened(opened);
            case ReplicaState(var state) -> onState(state);
            case ReplicaStopped(var name) -> onReplicaStopped(name);
            case DrainReplicas(var handOverAfter, var replyTo) -> {
                draining = true;
                List.copyOf(replicas.values()).forEach(replica -> drain(replica, handOverAfter));
                answerWhenEmpty(replyTo);
            }
            case Stop(var replyTo) -> {
                draining = true;
                List.copyOf(replicas.values()).forEach(this::stop);
                answerWhenEmpty(replyTo);
            }
            case Tick.TICK -> onTick();
        }
        return this;
    }

    /** Makes the node's replicas those that are wanted. */
    private void run(List<ReplicaSpec> wanted) {
        for (Replica replica : List.copyOf(replicas.values())) {
            if (!wanted.contains(replica.spec)) {
                drain(replica, shared.handOverAfter());
            }
        }
        for (ReplicaSpec spec : wanted) {
            if (replicas.values().stream()
                            .noneMatch(there -> there.spec.equals(spec) && !there.is(ReplicaStatus.DRAINING))
                    && !waitsForMemory(spec)) {
                start(spec);
            }
        }
        report();
    }

    /** Whether it would fit once the replicas that are draining have gone: it is asked for again. */
    private boolean waitsForMemory(ReplicaSpec spec) {
        return spec.weightBytes() + kvBytes(spec) > freeBytes()
                && replicas.values().stream().anyMatch(replica -> replica.is(ReplicaStatus.DRAINING));
    }

    private long kvBytes(ReplicaSpec spec) {
        return spec.kvMemoryBytes() == 0 ? shared.defaultKvBytes() : spec.kvMemoryBytes();
    }

    private void start(ReplicaSpec spec) {
        long kv = kvBytes(spec);
        String name = spec.model().name() + "@" + shared.node() + "/" + Long.toHexString(shared.life() & 0xFFFFFF) + "-"
                + started++;
        Replica replica = new Replica(name, spec, spec.weightBytes() + kv);
        long free = freeBytes();
        replicas.put(name, replica);
        if (replica.reservedBytes > free) {
            fail(
                    replica,
                    "it needs " + replica.reservedBytes + " bytes (weights " + spec.weightBytes() + ", KV cache " + kv
                            + "), of this node's memory " + free + " are free");
            return;
        }
        getContext().getLog().atInfo().addKeyValue("replica", name).log("a replica is loaded");
        ModelLibrary library = shared.library();
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        return library.open(spec.source());
                                    } catch (Exception e) {
                                        throw new IllegalStateException(e.getMessage(), e);
                                    }
                                },
                                shared.blocking()),
                        (model, failure) -> new Opened(name, model, failure));
    }

    private long freeBytes() {
        long free = 0;
        for (NodeDevice device : shared.devices()) {
            free += device.memoryBytes();
        }
        for (Replica replica : replicas.values()) {
            if (replica.status != ReplicaStatus.FAILED) {
                free -= replica.reservedBytes;
            }
        }
        return free;
    }

    private void onOpened(Opened opened) {
        Replica replica = replicas.get(opened.name());
        NodeModel model = opened.model();
        if (model == null) {
            if (replica != null) {
                fail(replica, "the model cannot be had: " + message(opened.failure()));
            }
            return;
        }
        if (replica == null) {
            model.close();
            return;
        }
        if (!model.served().id().equals(replica.spec.model())) {
            fail(
                    replica,
                    GatewayModels.differs(replica.spec.model(), model.served().id()));
            model.close();
            return;
        }
        replica.model = model;
        long kv = replica.reservedBytes - replica.spec.weightBytes();
        AtomicLong incarnations = new AtomicLong();
        Behavior<Batcher.Command> batcher = Batcher.create(new Batcher.Shared(
                replica.name,
                replica.spec.model(),
                shared.protocol(),
                model.engines(replica.name, kv),
                shared.observer(),
                shared.silenceLimit(),
                shared.heartbeatInterval(),
                shared.blocking(),
                shared.nanoClock(),
                incarnations::incrementAndGet,
                gateways));
        ActorRef<Batcher.Command> ref = getContext()
                .spawn(
                        Behaviors.supervise(batcher)
                                .onFailure(SupervisorStrategy.restartWithBackoff(
                                        Duration.ofMillis(100), Duration.ofSeconds(10), 0.1)),
                        "replica-" + replica.name.substring(replica.name.lastIndexOf('-') + 1));
        replica.batcher = ref;
        // A batcher that is restarted knows the gateways of its first start only.
        ref.tell(new Batcher.Gateways(gateways));
        report();
    }

    private void onState(Batcher.State state) {
        Replica replica = replicas.get(state.worker().name());
        if (replica == null) {
            return;
        }
        replica.state = state;
        replica.message = state.failure();
        if (replica.status != ReplicaStatus.DRAINING) {
            ReplicaStatus before = replica.status;
            replica.status = state.stats() == null ? ReplicaStatus.LOADING : ReplicaStatus.READY;
            if (before != replica.status) {
                report();
            }
        }
    }

    private void drain(Replica replica, Duration handOverAfter) {
        ActorRef<Batcher.Command> batcher = replica.batcher;
        if (batcher == null) {
            // Still loading, or failed.
            remove(replica);
        } else if (replica.status != ReplicaStatus.DRAINING) {
            replica.status = ReplicaStatus.DRAINING;
            batcher.tell(new Batcher.Drain(handOverAfter, stopped));
        }
    }

    private void stop(Replica replica) {
        ActorRef<Batcher.Command> batcher = replica.batcher;
        if (batcher == null) {
            remove(replica);
        } else {
            replica.status = ReplicaStatus.DRAINING;
            batcher.tell(new Batcher.Stop(stopped));
        }
    }

    private void onReplicaStopped(String name) {
        Replica replica = replicas.get(name);
        if (replica != null) {
            getContext().getLog().atInfo().addKeyValue("replica", name).log("a replica has ended");
            remove(replica);
        }
    }

    private void remove(Replica replica) {
        replicas.remove(replica.name);
        if (replica.model != null) {
            replica.model.close();
        }
        report();
        if (replicas.isEmpty()) {
            waiting.forEach(each -> each.tell(new Done()));
            waiting.clear();
        }
    }

    private void answerWhenEmpty(ActorRef<Done> replyTo) {
        if (replicas.isEmpty()) {
            replyTo.tell(new Done());
        } else {
            waiting.add(replyTo);
        }
        report();
    }

    private void fail(Replica replica, String message) {
        replica.status = ReplicaStatus.FAILED;
        replica.message = message;
        replica.failedNanos = shared.nanoClock().getAsLong();
        getContext().getLog().atError().addKeyValue("replica", replica.name).log("a replica is refused: {}", message);
        report();
    }

    private static String message(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause != null && cause.getCause() != null && cause.getCause().getMessage() != null) {
            cause = cause.getCause();
        }
        return cause == null ? "no reason is known" : String.valueOf(cause.getMessage());
    }

    private void onTick() {
        long now = shared.nanoClock().getAsLong();
        for (Replica replica : List.copyOf(replicas.values())) {
            if (replica.batcher != null) {
                replica.batcher.tell(new Batcher.GetState(states));
            }
            if (replica.is(ReplicaStatus.FAILED) && now - replica.failedNanos > FAILURE_KEPT.toNanos()) {
                remove(replica);
            }
        }
        report();
    }

    private void report() {
        List<NodeReport.Replica> shown = new ArrayList<>();
        for (Replica replica : replicas.values()) {
            Batcher.State state = replica.state;
            shown.add(new NodeReport.Replica(
                    replica.name,
                    replica.spec.model(),
                    replica.status,
                    replica.status == ReplicaStatus.FAILED ? 0 : replica.reservedBytes,
                    state == null ? null : state.stats(),
                    replica.message));
        }
        ControlPlane.Report report = new ControlPlane.Report(new NodeReport(
                shared.node(),
                shared.life(),
                shared.roles(),
                shared.protocol(),
                shared.devices(),
                shared.defaultKvBytes(),
                shown,
                draining,
                getContext().getSelf()));
        controlPlanes.forEach(controlPlane -> controlPlane.tell(report));
    }
}
