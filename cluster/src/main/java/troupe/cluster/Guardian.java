package troupe.cluster;

import akka.actor.Address;
import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import akka.cluster.sharding.typed.ClusterShardingSettings;
import akka.cluster.sharding.typed.ShardingEnvelope;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import troupe.actors.Gateway;
import troupe.actors.Protocol;
import troupe.actors.Sequence;
import troupe.conf.ClusterSettings;
import troupe.conf.Settings;

/** A node's first actor: joins the cluster, then spawns what the node's role asks for. */
final class Guardian {
    private static final EntityTypeKey<Sequence.Command> SEQUENCES =
            EntityTypeKey.create(Sequence.Command.class, "sequence");
    private static final ServiceKey<Gateway.Command> GATEWAYS = ServiceKey.create(Gateway.Command.class, "gateways");
    private static final ServiceKey<ControlPlane.Command> CONTROL_PLANES =
            ServiceKey.create(ControlPlane.Command.class, "control-planes");

    /** What the guardian is told once: to spawn a node's actors. */
    record Serve(ClusterNode.Parts parts, CompletableFuture<NodeActors> spawned)
            implements NoSerializationVerificationNeeded {}

    private final ActorContext<Serve> context;
    private final Settings settings;
    private final Protocol protocol;
    private final ClusterNode.Parts parts;
    private final Executor blocking;

    private Guardian(ActorContext<Serve> context, Settings settings, Protocol protocol, ClusterNode.Parts parts) {
        this.context = context;
        this.settings = settings;
        this.protocol = protocol;
        this.parts = parts;
        blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    }

    static Behavior<Serve> create(Settings settings, Protocol protocol) {
        return Behaviors.setup(context -> {
            join(Cluster.get(context.getSystem()), settings.cluster());
            return Behaviors.receiveMessage(serve -> {
                serve.spawned().complete(new Guardian(context, settings, protocol, serve.parts()).spawn());
                return Behaviors.empty();
            });
        });
    }

    private static void join(Cluster cluster, ClusterSettings settings) {
        Address self = cluster.selfMember().address();
        List<Address> others = settings.join().stream()
                .map(node -> new Address(self.protocol(), self.system(), node.host(), node.port()))
                .toList();
        cluster.manager().tell(others.isEmpty() ? Join.create(self) : new JoinSeedNodes(others));
    }

    private NodeActors spawn() {
        GatewayModels models = new GatewayModels(
                parts.library(), blocking, parts.model().served().name());
        models.add(parts.model().served());
        Optional<ActorRef<Gateway.Command>> gateway =
                settings.cluster().role().isGateway() ? Optional.of(spawnGateway(models)) : Optional.empty();
        CompletableFuture<Void> drainAsked = new CompletableFuture<>();
        ActorRef<NodeAgent.Command> agent = spawnAgent(gateway, drainAsked);
        return new NodeActors(gateway, models, agent, drainAsked);
    }

    private ActorRef<Gateway.Command> spawnGateway(GatewayModels models) {
        Executor tokenizing =
                context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig("troupe-tokenizing-dispatcher"));
        Sequence.Shared shared = new Sequence.Shared(
                models,
                settings.sequence(),
                settings.http().maxUnreadEvents(),
                parts.random(),
                tokenizing,
                parts.nanoClock());
        ActorRef<ShardingEnvelope<Sequence.Command>> region = ClusterSharding.get(context.getSystem())
                .init(Entity.of(SEQUENCES, entity -> Sequence.create(shared))
                        .withSettings(ClusterShardingSettings.create(context.getSystem())
                                .withRole(NodeConfig.GATEWAY))
                        .withMessageExtractor(new SequenceExtractor())
                        .withAllocationStrategy(new RequesterAllocation()));
        ActorRef<Gateway.Command> gateway = context.spawn(
                Gateway.create(new Gateway.Shared(
                        settings.http().maxOpenRequests(),
                        settings.cluster().heartbeatLimit(),
                        new LeastLoadedSelector(),
                        new SequenceIds(Long.toHexString(life()), parts.random()),
                        (sequence, command) -> region.tell(new ShardingEnvelope<>(sequence, command)),
                        models,
                        protocol,
                        parts.nanoClock())),
                "gateway");
        context.getSystem().receptionist().tell(Receptionist.register(GATEWAYS, gateway));
        ActorRef<ControlPlane.Command> controlPlane = context.spawn(ControlPlane.create(), "control-plane");
        context.getSystem().receptionist().tell(Receptionist.register(CONTROL_PLANES, controlPlane));
        return gateway;
    }

    private ActorRef<NodeAgent.Command> spawnAgent(
            Optional<ActorRef<Gateway.Command>> gateway, CompletableFuture<Void> drainAsked) {
        Address address = Cluster.get(context.getSystem()).selfMember().address();
        ActorRef<NodeAgent.Command> agent = context.spawn(
                NodeAgent.create(
                        new NodeAgent.Shared(
                                address.host().get() + ":" + address.port().get(),
                                life(),
                                NodeConfig.roles(settings.cluster().role()),
                                protocol,
                                parts.devices(),
                                ClusterNode.defaultKvBytes(settings.engine(), parts.devices()),
                                parts.library(),
                                parts.observer(),
                                settings.sequence().silenceLimit(),
                                settings.cluster().heartbeatInterval(),
                                settings.cluster().handOverAfter(),
                                blocking,
                                parts.nanoClock(),
                                drainAsked),
                        gateway.map(Set::of).orElseGet(Set::of)),
                "agent");
        follow(GATEWAYS, listing -> agent.tell(new NodeAgent.Gateways(listing)));
        follow(CONTROL_PLANES, listing -> agent.tell(new NodeAgent.ControlPlanes(listing)));
        if (settings.cluster().role().isWorker()) {
            agent.tell(new NodeAgent.Run(0, List.of(firstReplica())));
        }
        return agent;
    }

    private ReplicaSpec firstReplica() {
        return new ReplicaSpec(
                parts.model().served().id(), parts.source(), parts.model().weightBytes(), 0);
    }

    /** Another number for each start of each node. */
    private long life() {
        return Cluster.get(context.getSystem()).selfMember().uniqueAddress().longUid();
    }

    /** Tells of the actors of a key, those of other nodes included, at each change. */
    private <T> void follow(ServiceKey<T> key, java.util.function.Consumer<Set<ActorRef<T>>> listener) {
        context.spawnAnonymous(Behaviors.<Receptionist.Listing>setup(follower -> {
            context.getSystem().receptionist().tell(Receptionist.subscribe(key, follower.getSelf()));
            return Behaviors.receiveMessage(listing -> {
                // Those on nodes that seem unreachable too: whether they live is for others to say.
                listener.accept(listing.getAllServiceInstances(key));
                return Behaviors.same();
            });
        }));
    }
}
