package troupe.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import troupe.actors.CborSerializable;
import troupe.actors.ModelId;
import troupe.actors.admin.ClusterView.ReplicaStatus;

/**
 * Carries out what the {@link Reconciler} plans: one in the cluster, on a gateway. Tells every agent again and again what
 * its node is to run, so that nothing hangs on one message.
 */
final class Placement extends AbstractBehavior<Placement.Command> {
    sealed interface Command extends CborSerializable {}

    /** Ends the singleton, when its gateway leaves. */
    enum Stop implements Command, NoSerializationVerificationNeeded {
        STOP
    }

    private enum Tick implements Command, NoSerializationVerificationNeeded {
        TICK
    }

    /**
     * What the gateway on whose node the placement runs knows.
     *
     * @param nodes members that are workers; {@code reachable}: the names of those that can be reached
     */
    record Known(
            List<Deployment> deployments,
            List<NodeReport> nodes,
            Set<String> reachable,
            Set<ActorRef<ControlPlane.Command>> controlPlanes) {}

    static final Duration INTERVAL = Duration.ofMillis(250);

    private record Life(String node, long life) {}

    private final long term;
    private final Supplier<Known> known;
    private final Map<Life, List<ReplicaSpec>> told = new HashMap<>();

    /**
     * @param term of this placement: later than that of every one before
     * @param known asked each time
     */
    static Behavior<Command> create(Supplier<Long> term, Supplier<Known> known) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, INTERVAL);
            return new Placement(context, term.get(), known);
        }));
    }

    private Placement(ActorContext<Command> context, long term, Supplier<Known> known) {
        super(context);
        this.term = term;
        this.known = known;
        context.setLoggerName(Placement.class);
        context.getLog().info("replicas are placed from here, term {}", term);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Tick.class, tick -> onTick())
                .onMessage(Stop.class, stop -> Behaviors.stopped())
                .build();
    }

    private Behavior<Command> onTick() {
        Known now = known.get();
        List<Reconciler.Node> nodes = new ArrayList<>();
        for (NodeReport report : now.nodes()) {
            nodes.add(node(report, now.reachable().contains(report.node())));
        }
        Reconciler.Plan plan = Reconciler.plan(now.deployments(), nodes);
        told.clear();
        for (NodeReport report : now.nodes()) {
            List<ReplicaSpec> assigned = plan.assignments().get(report.node());
            if (assigned != null) {
                told.put(new Life(report.node(), report.life()), assigned);
                report.agent().tell(new NodeAgent.Run(term, assigned));
            }
        }
        ControlPlane.Placed placed = new ControlPlane.Placed(term, plan.messages());
        now.controlPlanes().forEach(controlPlane -> controlPlane.tell(placed));
        return this;
    }

    /** What the node says that it has, and what it was told to have and does not say yet. */
    private Reconciler.Node node(NodeReport report, boolean reachable) {
        List<Reconciler.Held> held = new ArrayList<>();
        Set<ModelId> said = new HashSet<>();
        for (NodeReport.Replica replica : report.replicas()) {
            boolean draining = replica.status() == ReplicaStatus.DRAINING;
            if (!draining) {
                said.add(replica.model());
            }
            held.add(new Reconciler.Held(
                    replica.model(),
                    replica.reservedBytes(),
                    replica.status() == ReplicaStatus.READY,
                    draining,
                    replica.status() == ReplicaStatus.FAILED ? String.valueOf(replica.message()) : null));
        }
        for (ReplicaSpec spec : told.getOrDefault(new Life(report.node(), report.life()), List.of())) {
            if (said.add(spec.model())) {
                long kv = spec.kvMemoryBytes() == 0 ? report.defaultKvBytes() : spec.kvMemoryBytes();
                held.add(new Reconciler.Held(spec.model(), spec.weightBytes() + kv, false, false, null));
            }
        }
        return new Reconciler.Node(
                report.node(), report.memoryBytes(), report.defaultKvBytes(), reachable && !report.draining(), held);
    }
}
