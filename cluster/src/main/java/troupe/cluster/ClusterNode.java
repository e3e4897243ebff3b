package troupe.cluster;

import akka.actor.Address;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.FailureKind;
import troupe.actors.Gateway;
import troupe.actors.Protocol;
import troupe.actors.ServedModels;
import troupe.actors.StepObserver;
import troupe.actors.admin.ClusterAdmin;
import troupe.cluster.tls.RemotingSecurity;
import troupe.conf.BootstrapMethod;
import troupe.conf.ClusterSettings;
import troupe.conf.EngineSettings;
import troupe.conf.NodeAddress;
import troupe.conf.Settings;
import troupe.conf.SettingsException;
import troupe.conf.TlsIdentity;

/** A running node: its actor system, in its cluster, with a gateway or replicas or both. */
public final class ClusterNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);

    /** Beyond a drain's own limit: for telling, and for the system's end. */
    private static final Duration MARGIN = Duration.ofSeconds(15);

    private static final int DEFAULT_KV_SHARE = 4;
    private static final long DEFAULT_KV_LIMIT = 2L << 30;

    /**
     * What a node is made of.
     *
     * @param library where models come from
     * @param source of the model that a cluster begins with
     * @param model that model, open; only where the node {@link #begins} a cluster
     * @param stateFolder where a gateway keeps the deployments; none: nowhere
     * @param devices that hold replicas; none on a node that is no worker
     * @param observer of all steps
     * @param random seeds and ids
     * @param nanoClock the engines' clock
     * @param clock of events' times
     */
    public record Parts(
            ModelLibrary library,
            String source,
            Optional<NodeModel> model,
            Optional<Path> stateFolder,
            List<NodeDevice> devices,
            StepObserver observer,
            LongSupplier random,
            LongSupplier nanoClock,
            Clock clock) {
        public Parts {
            devices = List.copyOf(devices);
        }
    }

    private final ActorSystem<?> system;
    private final Settings settings;
    private final Protocol protocol;
    private final NodeActors actors;
    private final CompletionStage<Void> ended;

    private ClusterNode(ActorSystem<?> system, Settings settings, Protocol protocol, NodeActors actors) {
        this.system = system;
        this.settings = settings;
        this.protocol = protocol;
        this.actors = actors;
        this.ended = NodeEnd.of(system);
    }

    /** A node that joins its cluster while what it is to serve is still being loaded. */
    public static final class Joining {
        private final Settings settings;
        private final Protocol protocol;
        private final Optional<TlsIdentity> identity;
        private final ActorSystem<Guardian.Serve> system;

        private Joining(
                Settings settings,
                Protocol protocol,
                Optional<TlsIdentity> identity,
                ActorSystem<Guardian.Serve> system) {
            this.settings = settings;
            this.protocol = protocol;
            this.identity = identity;
            this.system = system;
        }

        public ActorSystem<?> system() {
            return system;
        }

        /** Who the node is to others; empty where nodes talk without TLS. */
        public Optional<TlsIdentity> identity() {
            return identity;
        }

        /** Returns once the node's actors are there; its engines start meanwhile, and requests wait for them. */
        public ClusterNode serve(Parts parts) {
            CompletableFuture<NodeActors> spawned = new CompletableFuture<>();
            system.tell(new Guardian.Serve(parts, spawned));
            try {
                return new ClusterNode(system, settings, protocol, spawned.get(30, TimeUnit.SECONDS));
            } catch (Exception e) {
                abandon();
                throw new IllegalStateException("the node's actors did not start", e);
            }
        }

        /** Ends a node that has nothing to serve. */
        public void abandon() {
            system.terminate();
        }
    }

    /**
     * Begins a node: its actor system is there, and it joins the cluster of its settings, or forms its own.
     *
     * @throws SettingsException if others could reach it unprotected, or a file of TLS is not what it has to be
     */
    public static Joining join(Settings settings, Protocol protocol) {
        ClusterSettings cluster = settings.cluster();
        RemotingSecurity security = RemotingSecurity.of(cluster.host(), cluster.tls(), Instant.now());
        return new Joining(
                settings,
                protocol,
                security.identity(),
                ActorSystem.create(
                        Guardian.create(settings, protocol, security.identity().map(TlsIdentity::context)),
                        "troupe",
                        NodeConfig.of(settings, protocol, security)));
    }

    /** Whether a node of these settings forms a cluster of its own where it finds none. */
    public static boolean begins(ClusterSettings settings) {
        if (settings.bootstrap().method() != BootstrapMethod.NONE) {
            return settings.role().isGateway(); // whichever forms the cluster, all name the same model
        }
        return settings.join().isEmpty()
                || settings.join().getFirst().equals(new NodeAddress(settings.host(), settings.port()));
    }

    /** The KV cache of a replica whose size nobody chose: as set, else a quarter of the devices' memory, at most 2 GiB. */
    public static long defaultKvBytes(EngineSettings settings, List<NodeDevice> devices) {
        return settings.kvMemoryBytes() > 0
                ? settings.kvMemoryBytes()
                : Math.min(NodeDevice.memoryBytes(devices) / DEFAULT_KV_SHARE, DEFAULT_KV_LIMIT);
    }

    /** Joins and serves at once. */
    public static ClusterNode start(Settings settings, Parts parts) {
        return join(settings, Protocol.CURRENT).serve(parts);
    }

    public ActorSystem<?> system() {
        return system;
    }

    /** Where other nodes reach this one. */
    public NodeAddress address() {
        Address address = Cluster.get(system).selfMember().address();
        return new NodeAddress(address.host().get(), (Integer) address.port().get());
    }

    /** Takes requests; empty on a node that is no gateway. */
    public Optional<ActorRef<Gateway.Command>> gateway() {
        return actors.gateway();
    }

    /** What the gateway takes requests for. */
    public ServedModels models() {
        return actors.models();
    }

    /** The cluster's administration; empty on a node that is no gateway. */
    public Optional<ClusterAdmin> admin() {
        return actors.admin();
    }

    /** Completes when the node knows what is deployed, so that it can take requests. */
    public CompletionStage<Void> ready() {
        return actors.ready();
    }

    /** Whether the node is a member of its cluster, and the only gateway there. */
    public boolean isOnlyGateway() {
        Cluster cluster = Cluster.get(system);
        return cluster.selfMember().status().equals(MemberStatus.up()) && Members.gateways(cluster.state()) <= 1;
    }

    /** Completes when an operator has asked the node to drain; whoever started it then calls {@link #drain}. */
    public CompletionStage<Void> drainAsked() {
        return actors.drainAsked();
    }

    /**
     * The process of a node, which had the number {@code pid} among those of this machine, has certainly ended: whoever
     * watches it has seen that. A node that is no gateway does nothing about it.
     *
     * @param node its name, {@code host:port}
     * @param status as {@link Process#exitValue} gives it
     */
    public void died(String node, long pid, int status) {
        actors.coroner().ifPresent(coroner -> coroner.tell(new Coroner.Died(node, pid, status)));
    }

    /** As {@link NodeEnd}. */
    public CompletionStage<Void> ended() {
        return ended;
    }

    /** Why the cluster did not let this node in; empty where it did, or has not decided. */
    public Optional<String> refusal() {
        return CoordinatedShutdown.get(system)
                .getShutdownReason()
                .filter(CoordinatedShutdown.incompatibleConfigurationDetectedReason()::equals)
                .map(reason -> "this node speaks protocol " + protocol.version() + " (release " + protocol.release()
                        + "), which is no neighbour of what the cluster at "
                        + settings.cluster().join() + " speaks; a gateway's log names both");
    }

    /**
     * Refuses new requests, lets the open ones finish within {@code limit}, then fails those that are left; lets other
     * nodes take over what this node's replicas still run.
     *
     * @return completes when no request is open and no replica is left
     */
    public CompletionStage<Void> drain(Duration limit) {
        return actors.gateway()
                .map(gateway -> drain(gateway, limit))
                .orElseGet(() -> CompletableFuture.completedFuture(null))
                .thenCompose(ignored -> drainReplicas());
    }

    private CompletionStage<Void> drain(ActorRef<Gateway.Command> gateway, Duration limit) {
        CompletableFuture<Gateway.Drained> drained = AskPattern.<Gateway.Command, Gateway.Drained>ask(
                        gateway, Gateway.Drain::new, limit.plus(MARGIN), system.scheduler())
                .toCompletableFuture();
        CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS, system.executionContext()::execute)
                .execute(() -> {
                    if (!drained.isDone()) {
                        gateway.tell(new Gateway.AbortAll(
                                FailureKind.DRAINING, "the server shut down before the request was finished"));
                    }
                });
        return orEnded(drained);
    }

    /** A system that has ended, put out by its cluster say, answers no more. */
    private CompletionStage<Void> orEnded(CompletionStage<?> answer) {
        return CompletableFuture.anyOf(answer.toCompletableFuture(), ended().toCompletableFuture())
                .thenApply(ignored -> null);
    }

    private CompletionStage<Void> drainReplicas() {
        Duration handOverAfter = settings.cluster().handOverAfter();
        return orEnded(AskPattern.<NodeAgent.Command, NodeAgent.Done>ask(
                actors.agent(),
                replyTo -> new NodeAgent.DrainReplicas(handOverAfter, replyTo),
                handOverAfter.plus(MARGIN),
                system.scheduler()));
    }

    /** Closes the engines, leaves the cluster and ends the actor system; waits. Requests that are open fail first. */
    @Override
    public void close() {
        actors.gateway()
                .ifPresent(gateway -> gateway.tell(new Gateway.AbortAll(FailureKind.DRAINING, "the server shut down")));
        await(
                AskPattern.<NodeAgent.Command, NodeAgent.Done>ask(
                        actors.agent(), NodeAgent.Stop::new, MARGIN, system.scheduler()),
                "not every engine has closed");
        system.terminate();
        await(system.getWhenTerminated(), "the actor system has not ended within " + MARGIN);
    }

    private static void await(CompletionStage<?> stage, String otherwise) {
        try {
            stage.toCompletableFuture().get(MARGIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("{}", otherwise, e);
        }
    }
}
