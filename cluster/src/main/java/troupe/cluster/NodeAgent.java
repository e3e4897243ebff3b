package troupe.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Leave;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import troupe.actors.Batcher;
import troupe.actors.CborSerializable;
import troupe.actors.ControlAddress;
import troupe.actors.Gateway;
import troupe.actors.ModelId;
import troupe.actors.ProcessId;
import troupe.actors.Protocol;
import troupe.actors.StepObserver;

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
     * @param process its node and life
     * @param control is told where gateways take control connections
     * @param drainAsked completed when an operator drains the node
     */
    record Shared(
            ProcessId process,
            Consumer<ControlAddress> control,
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

    /** A cluster whose last gateway has left gets no other one: gateways that start form their own. */
    static final Duration WITHOUT_GATEWAY_LIMIT = Duration.ofSeconds(10);

    private static final long NEVER = Long.MIN_VALUE;

    private final Shared shared;
    private final ReplicaTable<ActorRef<Batcher.Command>> replicas;
    private final ActorRef<Batcher.State> states;
    private final ActorRef<Batcher.Stopped> stopped;
    private final List<ActorRef<Done>> waiting = new ArrayList<>();
    private Set<ActorRef<Gateway.Command>> gateways;
    private Set<ActorRef<ControlPlane.Command>> controlPlanes = Set.of();
    private long term = -1;
    private int started;
    private boolean draining;
    private boolean leaving;
    /** When a gateway was last a member of this node's cluster. */
    private long gatewayNanos = NEVER;

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
        replicas = new ReplicaTable<>(NodeDevice.memoryBytes(shared.devices()), shared.defaultKvBytes());
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
                tellAll(new Batcher.Gateways(gateways));
            }
            case ControlPlanes(var known) -> {
                controlPlanes = Set.copyOf(known);
                report();
            }
            case Opened opened -> onOpened(opened);
            case ReplicaState(var state) ->
                replicas.find(state.worker().name()).ifPresent(replica -> {
                    if (replica.says(state)) {
                        report();
                    }
                });
            case ReplicaStopped(var name) -> replicas.find(name).ifPresent(this::onStopped);
            case DrainReplicas(var handOverAfter, var replyTo) -> {
                draining = true;
                replicas.all().forEach(replica -> drain(replica, handOverAfter));
                answerWhenEmpty(replyTo);
            }
            case Stop(var replyTo) -> {
                draining = true;
                replicas.all().forEach(this::stop);
                answerWhenEmpty(replyTo);
            }
            case Tick.TICK -> onTick();
        }
        return this;
    }

    /** Makes the node's replicas those that are wanted. */
    private void run(List<ReplicaSpec> wanted) {
        replicas.unwanted(wanted).forEach(replica -> drain(replica, shared.handOverAfter()));
        for (ReplicaSpec spec : wanted) {
            if (replicas.isToCome(spec)) {
                load(replicas.add(name(spec), spec));
            }
        }
        report();
    }

    /** One that was never used on this node, nor in an earlier life of it. */
    private String name(ReplicaSpec spec) {
        ProcessId process = shared.process();
        return spec.model().name() + "@" + process.node() + "/" + Long.toHexString(process.life() & 0xFFFFFF) + "-"
                + started++;
    }

    private void load(Replica<ActorRef<Batcher.Command>> replica) {
        var excess = replicas.excess(replica);
        if (excess.isPresent()) {
            fail(replica, excess.get());
            return;
        }
        getContext().getLog().atInfo().addKeyValue("replica", replica.name()).log("a replica is loaded");
        ModelLibrary library = shared.library();
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        return library.open(replica.spec().source());
                                    } catch (Exception e) {
                                        throw new IllegalStateException(e.getMessage(), e);
                                    }
                                },
                                shared.blocking()),
                        (model, failure) -> new Opened(replica.name(), model, failure));
    }

    private void onOpened(Opened opened) {
        var replica = replicas.find(opened.name());
        NodeModel model = opened.model();
        if (model == null) {
            replica.ifPresent(each -> fail(each, "the model cannot be had: " + message(opened.failure())));
        } else if (replica.isEmpty()) {
            model.close();
        } else {
            start(replica.get(), model);
        }
    }

    private void start(Replica<ActorRef<Batcher.Command>> replica, NodeModel model) {
        ModelId wanted = replica.spec().model();
        if (!model.served().id().equals(wanted)) {
            fail(replica, GatewayModels.differs(wanted, model.served().id()));
            model.close();
            return;
        }
        shared.observer().onBegin(replica.name(), wanted.name());
        AtomicLong incarnations = new AtomicLong();
        Behavior<Batcher.Command> batcher = Batcher.create(new Batcher.Shared(
                replica.name(),
                shared.process(),
                shared.control(),
                wanted,
                shared.protocol(),
                model.engines(replica.name(), replica.kvBytes()),
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
                        "replica-" + replica.name().substring(replica.name().lastIndexOf('-') + 1));
        replica.started(model, ref);
        // A batcher that is restarted knows the gateways of its first start only.
        ref.tell(new Batcher.Gateways(gateways));
        report();
    }

    private void drain(Replica<ActorRef<Batcher.Command>> replica, Duration handOverAfter) {
        var batcher = replica.batcher();
        if (batcher.isEmpty()) {
            // Still loading, or failed.
            remove(replica);
        } else if (replica.drain()) {
            batcher.get().tell(new Batcher.Drain(handOverAfter, stopped));
        }
    }

    private void stop(Replica<ActorRef<Batcher.Command>> replica) {
        var batcher = replica.batcher();
        if (batcher.isEmpty()) {
            remove(replica);
        } else {
            replica.drain();
            batcher.get().tell(new Batcher.Stop(stopped));
        }
    }

    private void onStopped(Replica<ActorRef<Batcher.Command>> replica) {
        getContext().getLog().atInfo().addKeyValue("replica", replica.name()).log("a replica has ended");
        remove(replica);
    }

    private void remove(Replica<ActorRef<Batcher.Command>> replica) {
        replicas.remove(replica);
        if (replica.batcher().isPresent()) {
            shared.observer().onEnd(replica.name());
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

    private void fail(Replica<ActorRef<Batcher.Command>> replica, String message) {
        replica.fail(message, shared.nanoClock().getAsLong());
        getContext().getLog().atError().addKeyValue("replica", replica.name()).log("a replica is refused: {}", message);
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
        tellAll(new Batcher.GetState(states));
        long now = shared.nanoClock().getAsLong();
        for (Replica<ActorRef<Batcher.Command>> replica : replicas.all()) {
            if (replica.mayBeTriedAgain(now)) {
                remove(replica);
            }
        }
        report();
        leaveIfAbandoned(now);
    }

    /** All gateways have gone and this node has stayed: whoever started it starts it again, and it finds the new ones. */
    private void leaveIfAbandoned(long now) {
        Cluster cluster = Cluster.get(getContext().getSystem());
        if (Members.gateways(cluster.state()) > 0) {
            gatewayNanos = now;
        } else if (gatewayNanos != NEVER && now - gatewayNanos >= WITHOUT_GATEWAY_LIMIT.toNanos() && !leaving) {
            leaving = true;
            getContext()
                    .getLog()
                    .warn("this node's cluster has had no gateway for {}: it leaves", WITHOUT_GATEWAY_LIMIT);
            cluster.manager().tell(Leave.create(cluster.selfMember().address()));
        }
    }

    private void tellAll(Batcher.Command command) {
        for (Replica<ActorRef<Batcher.Command>> replica : replicas.all()) {
            replica.batcher().ifPresent(batcher -> batcher.tell(command));
        }
    }

    private void report() {
        ControlPlane.Report report = new ControlPlane.Report(new NodeReport(
                shared.process().node(),
                shared.process().life(),
                shared.roles(),
                shared.protocol(),
                shared.devices(),
                shared.defaultKvBytes(),
                replicas.report(),
                draining,
                getContext().getSelf()));
        controlPlanes.forEach(controlPlane -> controlPlane.tell(report));
    }
}
