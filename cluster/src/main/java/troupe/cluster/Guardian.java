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
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.ClusterSingletonSettings;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import akka.cluster.typed.SingletonActor;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import troupe.actors.AttemptSize;
import troupe.actors.ControlAddress;
import troupe.actors.Convictions;
import troupe.actors.Gateway;
import troupe.actors.ProcessId;
import troupe.actors.Protocol;
import troupe.actors.Sequence;
import troupe.actors.WorkerSelector;
import troupe.actors.admin.ClusterAdmin;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.ResumingView;
import troupe.actors.admin.RoutingView;
import troupe.actors.resume.ResumableState;
import troupe.cluster.control.ControlLinks;
import troupe.cluster.control.ControlServer;
import troupe.cluster.routing.Selectors;
import troupe.conf.BootstrapMethod;
import troupe.conf.ClusterSettings;
import troupe.conf.ResumeSettings;
import troupe.conf.Settings;

/** A node's first actor: joins the cluster, then spawns what the node's role asks for. */
final class Guardian {
    private static final ServiceKey<Gateway.Command> GATEWAYS = ServiceKey.create(Gateway.Command.class, "gateways");
    /**
     * Gateways answer within a millisecond or two, unless they collect garbage; a client that has lost its gateway waits
     * this long for that gateway's answer.
     */
    private static final Duration SEARCH = Duration.ofMillis(300);

    private static final ServiceKey<Coroner.Command> CORONERS = ServiceKey.create(Coroner.Command.class, "coroners");
    private static final ServiceKey<ControlPlane.Command> CONTROL_PLANES =
            ServiceKey.create(ControlPlane.Command.class, "control-planes");

    /** What the guardian is told once: to spawn a node's actors. */
    record Serve(ClusterNode.Parts parts, CompletableFuture<NodeActors> spawned)
            implements NoSerializationVerificationNeeded {}

    private final ActorContext<Serve> context;
    private final Settings settings;
    private final Protocol protocol;
    private final Optional<SSLContext> tls;
    private final ClusterNode.Parts parts;
    private final EventLog events;
    private final Cluster cluster;
    /** Where this node takes control connections, if it is a gateway. */
    private Optional<ControlAddress> control = Optional.empty();

    private final Executor blocking;
    private final String name;

    private Guardian(
            ActorContext<Serve> context,
            Settings settings,
            Protocol protocol,
            Optional<SSLContext> tls,
            ClusterNode.Parts parts) {
        this.context = context;
        this.settings = settings;
        this.protocol = protocol;
        this.tls = tls;
        this.parts = parts;
        events = new EventLog(parts.clock());
        cluster = Cluster.get(context.getSystem());
        blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
        name = Members.name(cluster.selfMember().address());
    }

    /** @param tls the node's own, for connections beside remoting */
    static Behavior<Serve> create(Settings settings, Protocol protocol, Optional<SSLContext> tls) {
        return Behaviors.setup(context -> {
            join(Cluster.get(context.getSystem()), settings.cluster());
            return Behaviors.receiveMessage(serve -> {
                try {
                    serve.spawned().complete(new Guardian(context, settings, protocol, tls, serve.parts()).spawn());
                } catch (IOException | RuntimeException e) {
                    serve.spawned().completeExceptionally(e);
                }
                return Behaviors.empty();
            });
        });
    }

    private static void join(Cluster cluster, ClusterSettings settings) {
        if (settings.bootstrap().method() != BootstrapMethod.NONE) {
            return; // the management server's part: nodes find each other there
        }
        Address self = cluster.selfMember().address();
        List<Address> others = settings.join().stream()
                .map(node -> new Address(self.protocol(), self.system(), node.host(), node.port()))
                .toList();
        cluster.manager().tell(others.isEmpty() ? Join.create(self) : new JoinSeedNodes(others));
    }

    /** Of this gateway among all that are members now, which every node has in the same order; from any thread. */
    private int rank() {
        int before = 0;
        for (Member member : cluster.state().getMembers()) {
            if (member.uniqueAddress().equals(cluster.selfMember().uniqueAddress())) {
                break;
            }
            before += member.hasRole(NodeConfig.GATEWAY) ? 1 : 0;
        }
        return before;
    }

    private NodeActors spawn() throws IOException {
        String fallback = parts.model().map(model -> model.served().name()).orElse(settings.model());
        GatewayModels models = new GatewayModels(parts.library(), blocking, fallback);
        parts.model().ifPresent(model -> models.add(model.served()));
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Optional<ActorRef<Gateway.Command>> gateway = Optional.empty();
        Optional<ClusterAdmin> admin = Optional.empty();
        Optional<ActorRef<Coroner.Command>> coroner = Optional.empty();
        if (settings.cluster().role().isGateway()) {
            WorkerSelector selector = Selectors.create(
                    settings.routing(),
                    settings.engine().maxStepTokens(),
                    new SplittableRandom(parts.random().getAsLong()),
                    this::rank);
            CompletableFuture<ActorRef<Coroner.Command>> toCome = new CompletableFuture<>();
            Convictions convictions = new Convictions(
                    settings.sequence().convictionKept(),
                    parts.nanoClock(),
                    found -> toCome.join().tell(new Coroner.Found(found)));
            AtomicReference<ResumingView> resuming = new AtomicReference<>(ResumingView.NONE);
            gateway = Optional.of(spawnGateway(models, selector, convictions, resuming::set));
            coroner = Optional.of(spawnCoroner(gateway.get(), convictions));
            toCome.complete(coroner.get());
            admin = Optional.of(spawnControlPlane(models, ready, selector::view, resuming::get));
        }
        if (gateway.isEmpty() || parts.model().isPresent()) {
            ready.complete(null);
        }
        CompletableFuture<Void> drainAsked = new CompletableFuture<>();
        return new NodeActors(gateway, admin, coroner, models, spawnAgent(gateway, drainAsked), ready, drainAsked);
    }

    private ActorRef<Coroner.Command> spawnCoroner(ActorRef<Gateway.Command> gateway, Convictions convictions) {
        ActorRef<Coroner.Command> coroner = context.spawn(Coroner.create(gateway, convictions, events), "coroner");
        context.getSystem().receptionist().tell(Receptionist.register(CORONERS, coroner));
        follow(CORONERS, listing -> coroner.tell(new Coroner.Peers(listing)));
        return coroner;
    }

    private ActorRef<Gateway.Command> spawnGateway(
            GatewayModels models, WorkerSelector selector, Convictions convictions, Consumer<ResumingView> resuming)
            throws IOException {
        CompletableFuture<ActorRef<Gateway.Command>> toCome = new CompletableFuture<>();
        ControlServer server = ControlServer.start(
                settings.cluster().host(),
                settings.cluster().controlPort(),
                tls,
                new SecureRandom(),
                (node, life) -> toCome.join().tell(new Gateway.ProcessGone(node, life)));
        context.getSystem().getWhenTerminated().thenRun(server::close);
        control = Optional.of(server.address());
        Executor tokenizing =
                context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig("troupe-tokenizing-dispatcher"));
        Sequence.Shared shared = new Sequence.Shared(
                models,
                settings.sequence(),
                settings.http().maxUnreadEvents(),
                AttemptSize.mostTokens(context.getSystem()
                        .settings()
                        .config()
                        .getBytes("akka.remote.artery.advanced.maximum-large-frame-size")),
                convictions,
                parts.random(),
                tokenizing,
                parts.nanoClock());
        ActorRef<Gateway.Command> gateway = context.spawn(
                Gateway.create(new Gateway.Shared(
                        settings.http().maxOpenRequests(),
                        settings.http().tenantShare(),
                        settings.http().priorityAgeing(),
                        settings.cluster().heartbeatLimit(),
                        selector,
                        new SequenceIds(Long.toHexString(life()), parts.random()),
                        shared,
                        resumables(settings.sequence().resume()),
                        resuming,
                        (int) life(),
                        models,
                        protocol,
                        control,
                        parts.nanoClock())),
                "gateway");
        toCome.complete(gateway);
        context.getSystem().receptionist().tell(Receptionist.register(GATEWAYS, gateway));
        return gateway;
    }

    private static ResumableState.Limits resumables(ResumeSettings settings) {
        return new ResumableState.Limits(
                settings.replicate(),
                settings.maxReplicaBytes(),
                settings.maxFinished(),
                settings.maxFinishedBytes(),
                SEARCH.toNanos(),
                settings.peerSilence().toNanos());
    }

    private ClusterAdmin spawnControlPlane(
            GatewayModels models,
            CompletableFuture<Void> ready,
            Supplier<RoutingView> routing,
            Supplier<ResumingView> resuming)
            throws IOException {
        Optional<DeploymentFile> file = parts.stateFolder().map(DeploymentFile::new);
        List<Deployment> deployments =
                new ArrayList<>(file.isPresent() ? file.get().read() : List.of());
        parts.model().ifPresent(model -> {
            // What a start names is wanted, even where it was unloaded before.
            deployments.removeIf(each ->
                    each.removed() && each.model().name().equals(model.served().name()));
            deployments.add(implicit(model));
        });
        AtomicReference<ClusterView> view = new AtomicReference<>(new ClusterView(name, List.of(), List.of()));
        AtomicReference<Placement.Known> known =
                new AtomicReference<>(new Placement.Known(List.of(), List.of(), Set.of(), Set.of()));
        ActorRef<ControlPlane.Command> controlPlane = context.spawn(
                ControlPlane.create(
                        new ControlPlane.Shared(
                                name,
                                file,
                                parts.library(),
                                models,
                                events,
                                ready,
                                view,
                                known,
                                blocking,
                                parts.nanoClock()),
                        deployments),
                "control-plane");
        context.getSystem().receptionist().tell(Receptionist.register(CONTROL_PLANES, controlPlane));
        follow(CONTROL_PLANES, listing -> controlPlane.tell(new ControlPlane.Peers(listing)));
        // The oldest gateway places; each later one became a member with a greater number.
        var ignored = ClusterSingleton.get(context.getSystem())
                .init(SingletonActor.of(
                                Placement.create(
                                        () -> (long) cluster.selfMember().upNumber(), known::get),
                                "placement")
                        .withStopMessage(Placement.Stop.STOP)
                        .withSettings(ClusterSingletonSettings.create(context.getSystem())
                                .withRole(NodeConfig.GATEWAY)));
        return new ControlPlaneAdmin(controlPlane, view, events, routing, resuming);
    }

    private Deployment implicit(NodeModel model) {
        int replicas = settings.cluster().replicas();
        return new Deployment(
                model.served().id(),
                parts.source(),
                model.weightBytes(),
                replicas,
                replicas == 0,
                0,
                false,
                Deployment.Version.IMPLICIT);
    }

    private ActorRef<NodeAgent.Command> spawnAgent(
            Optional<ActorRef<Gateway.Command>> gateway, CompletableFuture<Void> drainAsked) {
        ControlLinks links = new ControlLinks(name, life(), tls, parts.nanoClock());
        context.getSystem().getWhenTerminated().thenRun(links::close);
        ActorRef<NodeAgent.Command> agent = context.spawn(
                NodeAgent.create(
                        new NodeAgent.Shared(
                                new ProcessId(
                                        name, life(), ProcessHandle.current().pid()),
                                address -> {
                                    if (!control.equals(Optional.of(address))) { // its own end is no news to a process
                                        links.offer(address);
                                    }
                                },
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
            // What the placement will say as well, only sooner.
            parts.model()
                    .ifPresent(model -> agent.tell(
                            new NodeAgent.Run(0, List.of(implicit(model).spec()))));
        }
        return agent;
    }

    /** Another number for each start of each node. */
    private long life() {
        return cluster.selfMember().uniqueAddress().longUid();
    }

    /** Tells of the actors of a key, those of other nodes included, at each change. */
    private <T> void follow(ServiceKey<T> key, Consumer<Set<ActorRef<T>>> listener) {
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
