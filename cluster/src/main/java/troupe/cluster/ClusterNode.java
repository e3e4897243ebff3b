package troupe.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.sharding.typed.ShardingEnvelope;
import akka.cluster.sharding.typed.javadsl.ClusterSharding;
import akka.cluster.sharding.typed.javadsl.Entity;
import akka.cluster.sharding.typed.javadsl.EntityTypeKey;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.Batcher;
import troupe.actors.EngineFactory;
import troupe.actors.FailureKind;
import troupe.actors.Gateway;
import troupe.actors.Sequence;
import troupe.actors.ServedModel;
import troupe.actors.StepObserver;
import troupe.conf.Settings;

/** A running node: its actor system, in a cluster of its own, with a gateway and its batchers. */
public final class ClusterNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);
    private static final EntityTypeKey<Sequence.Command> SEQUENCES =
            EntityTypeKey.create(Sequence.Command.class, "sequence");
    private static final int SLOT = 0;

    /** Beyond a drain's own limit: for telling, and for the system's end. */
    private static final Duration MARGIN = Duration.ofSeconds(15);

    /**
     * What a node is made of.
     *
     * @param model whose requests it serves
     * @param engines one for each batcher
     * @param observer of all steps
     * @param random seeds and ids
     * @param nanoClock the engines' clock
     */
    public record Parts(
            ServedModel model,
            List<EngineFactory> engines,
            StepObserver observer,
            LongSupplier random,
            LongSupplier nanoClock) {
        public Parts {
            engines = List.copyOf(engines);
        }
    }

    private record Actors(ActorRef<Gateway.Command> gateway, List<ActorRef<Batcher.Command>> batchers) {}

    /** What the guardian is told once: to spawn a node's actors. */
    private record Serve(Parts parts, CompletableFuture<Actors> spawned) implements NoSerializationVerificationNeeded {}

    private final ActorSystem<?> system;
    private final Actors actors;

    private ClusterNode(ActorSystem<?> system, Actors actors) {
        this.system = system;
        this.actors = actors;
    }

    /** A node that joins its cluster while what it is to serve is still being loaded. */
    public static final class Joining {
        private final ActorSystem<Serve> system;

        private Joining(ActorSystem<Serve> system) {
            this.system = system;
        }

        /** Returns once the node's actors are there; its engines start meanwhile, and requests wait for them. */
        public ClusterNode serve(Parts parts) {
            CompletableFuture<Actors> spawned = new CompletableFuture<>();
            system.tell(new Serve(parts, spawned));
            try {
                return new ClusterNode(system, spawned.get(30, TimeUnit.SECONDS));
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

    /** Begins a node: its actor system is there, and it joins a cluster of its own. */
    public static Joining join(Settings settings) {
        return new Joining(ActorSystem.create(guardian(settings), "troupe", config(settings)));
    }

    /** Our part of Akka's configuration over the settings' tree. */
    static Config config(Settings settings) {
        return ConfigFactory.parseResourcesAnySyntax("troupe-cluster")
                .withFallback(settings.source())
                .resolve(ConfigResolveOptions.defaults());
    }

    /** Joins and serves at once. */
    public static ClusterNode start(Settings settings, Parts parts) {
        return join(settings).serve(parts);
    }

    public ActorSystem<?> system() {
        return system;
    }

    public ActorRef<Gateway.Command> gateway() {
        return actors.gateway();
    }

    /**
     * Refuses new requests, lets the open ones finish within {@code limit}, then fails those that are left.
     *
     * @return completes when no request is open
     */
    public CompletionStage<Void> drain(Duration limit) {
        CompletableFuture<Gateway.Drained> drained = AskPattern.<Gateway.Command, Gateway.Drained>ask(
                        gateway(), Gateway.Drain::new, limit.plus(MARGIN), system.scheduler())
                .toCompletableFuture();
        CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS, system.executionContext()::execute)
                .execute(() -> {
                    if (!drained.isDone()) {
                        gateway()
                                .tell(new Gateway.AbortAll(
                                        FailureKind.DRAINING, "the server shut down before the request was finished"));
                    }
                });
        return drained.thenApply(ignored -> null);
    }

    /** Closes the engines and ends the actor system; waits for both. Requests that are open fail first. */
    @Override
    public void close() {
        gateway().tell(new Gateway.AbortAll(FailureKind.DRAINING, "the server shut down"));
        List<CompletableFuture<Batcher.Stopped>> stops = new ArrayList<>();
        for (ActorRef<Batcher.Command> batcher : actors.batchers()) {
            stops.add(AskPattern.<Batcher.Command, Batcher.Stopped>ask(
                            batcher, Batcher.Stop::new, MARGIN, system.scheduler())
                    .toCompletableFuture());
        }
        try {
            CompletableFuture.allOf(stops.toArray(new CompletableFuture<?>[0]))
                    .get(MARGIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("not every engine has closed", e);
        }
        system.terminate();
        try {
            system.getWhenTerminated().toCompletableFuture().get(MARGIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("the actor system has not ended within {}", MARGIN, e);
        }
    }

    private static Behavior<Serve> guardian(Settings settings) {
        return Behaviors.setup(context -> {
            Cluster cluster = Cluster.get(context.getSystem());
            cluster.manager().tell(Join.create(cluster.selfMember().address()));
            return Behaviors.receiveMessage(serve -> {
                serve.spawned().complete(spawn(context, settings, serve.parts()));
                return Behaviors.empty();
            });
        });
    }

    private static Actors spawn(ActorContext<Serve> context, Settings settings, Parts parts) {
        Duration silenceLimit = settings.sequence().silenceLimit();
        Executor tokenizing =
                context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig("troupe-tokenizing-dispatcher"));
        Executor blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
        Sequence.Shared shared = new Sequence.Shared(
                parts.model(),
                settings.sequence(),
                settings.http().maxUnreadEvents(),
                parts.random(),
                tokenizing,
                parts.nanoClock());
        ActorRef<ShardingEnvelope<Sequence.Command>> region = ClusterSharding.get(context.getSystem())
                .init(Entity.of(SEQUENCES, entity -> Sequence.create(shared))
                        .withMessageExtractor(new SequenceExtractor())
                        .withAllocationStrategy(new RequesterAllocation()));
        ActorRef<Gateway.Command> gateway = context.spawn(
                Gateway.create(new Gateway.Shared(
                        settings.http().maxOpenRequests(),
                        silenceLimit,
                        new LeastLoadedSelector(),
                        new SequenceIds(SLOT, parts.random()),
                        (sequence, command) -> region.tell(new ShardingEnvelope<>(sequence, command)),
                        parts.nanoClock())),
                "gateway");
        List<ActorRef<Batcher.Command>> batchers = new ArrayList<>();
        for (int i = 0; i < parts.engines().size(); i++) {
            String name = "worker-" + SLOT + "-" + i;
            AtomicLong incarnations = new AtomicLong();
            Behavior<Batcher.Command> batcher = Batcher.create(new Batcher.Shared(
                    name,
                    parts.engines().get(i),
                    parts.observer(),
                    silenceLimit,
                    blocking,
                    parts.nanoClock(),
                    incarnations::incrementAndGet,
                    gateway));
            batchers.add(context.spawn(
                    Behaviors.supervise(batcher)
                            .onFailure(SupervisorStrategy.restartWithBackoff(
                                    Duration.ofMillis(100), Duration.ofSeconds(10), 0.1)),
                    name));
        }
        return new Actors(gateway, List.copyOf(batchers));
    }
}
