package troupe.cluster;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent.ClusterDomainEvent;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Subscribe;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import troupe.actors.CborSerializable;
import troupe.actors.admin.AdminException;
import troupe.actors.admin.ClusterView;

/**
 * A gateway's part of the cluster's administration: keeps the deployments, on disk and equal with the other gateways', and
 * what the nodes' agents report; changes deployments for operators. Where replicas go is decided by {@link Placement}.
 */
final class ControlPlane extends AbstractBehavior<ControlPlane.Command> {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Report.class, name = "report"),
        @JsonSubTypes.Type(value = Store.class, name = "store"),
        @JsonSubTypes.Type(value = Stored.class, name = "stored"),
        @JsonSubTypes.Type(value = Placed.class, name = "placed")
    })
    sealed interface Command extends CborSerializable {}

    /** From a node's agent, every so often and at each change. */
    record Report(NodeReport node) implements Command {}

    /** From another gateway: what it knows. Answered by {@link Stored} once what is later is on disk here. */
    record Store(List<Deployment> deployments, ActorRef<Command> replyTo) implements Command {
        Store {
            deployments = List.copyOf(deployments);
        }
    }

    /** {@code gateway} has the deployments of a {@link Store}, or later ones, on disk. */
    record Stored(String gateway, List<Deployment.Version> versions) implements Command {
        Stored {
            versions = List.copyOf(versions);
        }
    }

    /** From the placement: why models have fewer replicas than wanted, by model. */
    record Placed(long term, Map<String, String> messages) implements Command {
        Placed {
            messages = Map.copyOf(messages);
        }
    }

    sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    /** {@code done} completes, or fails with {@link AdminException}. */
    record Deploy(String source, int replicas, long kvMemoryBytes, CompletableFuture<Void> done) implements Internal {}

    record Scale(String model, int replicas, CompletableFuture<Void> done) implements Internal {}

    record Unload(String model, CompletableFuture<Void> done) implements Internal {}

    record DrainNode(String node, boolean force, CompletableFuture<Void> done) implements Internal {}

    record Peers(Set<ActorRef<Command>> controlPlanes) implements Internal {}

    private record Opened(
            Deploy deploy,
            @Nullable NodeModel model,
            @Nullable Throwable failure) implements Internal {}

    /** A write has ended; {@code then} runs if it went well. */
    private record Written(Runnable then, @Nullable Throwable failure) implements Internal {}

    private enum Signal implements Internal {
        MEMBERS,
        TICK,
        PUBLISH
    }

    /**
     * What a control plane needs.
     *
     * @param self name of its node
     * @param file where deployments are kept; none: they are forgotten when the node ends
     * @param ready completed when a gateway that knew has told its deployments
     * @param view set at each change, for readers on any thread
     * @param known likewise, for the placement
     */
    record Shared(
            String self,
            Optional<DeploymentFile> file,
            ModelLibrary library,
            GatewayModels models,
            EventLog events,
            CompletableFuture<Void> ready,
            AtomicReference<ClusterView> view,
            AtomicReference<Placement.Known> known,
            Executor blocking,
            LongSupplier nanoClock) {}

    private static final Duration INTERVAL = Duration.ofMillis(250);

    /** Reports come from every node of the cluster: the view of all of them is not built for each. */
    private static final Duration BETWEEN_VIEWS = Duration.ofMillis(50);

    static final Duration MAJORITY_LIMIT = Duration.ofSeconds(10);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);
    private static final Duration REPORT_KEPT = Duration.ofSeconds(10);

    private final TimerScheduler<Command> timers;
    private final Shared shared;
    private final Cluster cluster;
    private final Deployments deployments;
    private final DeploymentWriter writer;
    private final NodeReports nodes = new NodeReports(REPORT_KEPT.toNanos());
    private final NodeDrains drains = new NodeDrains(DRAIN_LIMIT.toNanos());
    private final ViewBuilder viewBuilder;
    private final Happenings happenings;
    private Map<String, Members.Known> members = Map.of();
    private Set<ActorRef<Command>> peers = Set.of();
    private Map<String, String> messages = Map.of();
    private long placedTerm = -1;
    private long publishedNanos;

    /** @param begun from disk, and those that follow from the settings */
    static Behavior<Command> create(Shared shared, List<Deployment> begun) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Signal.TICK, INTERVAL);
            return new ControlPlane(context, timers, shared, begun);
        }));
    }

    private ControlPlane(
            ActorContext<Command> context, TimerScheduler<Command> timers, Shared shared, List<Deployment> begun) {
        super(context);
        this.timers = timers;
        this.shared = shared;
        context.setLoggerName(ControlPlane.class);
        cluster = Cluster.get(context.getSystem());
        deployments = new Deployments(shared.self(), MAJORITY_LIMIT.toNanos());
        writer = new DeploymentWriter(shared.file(), shared.blocking());
        viewBuilder = new ViewBuilder(shared.self());
        happenings = new Happenings(shared.events());
        cluster.subscriptions()
                .tell(Subscribe.create(
                        context.messageAdapter(ClusterDomainEvent.class, event -> Signal.MEMBERS),
                        ClusterDomainEvent.class));
        if (deployments.merge(begun)) {
            known();
        }
        onMembers();
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Report(var report) -> onReport(report);
            case Store store -> onStore(store);
            case Stored(var gateway, var versions) -> {
                deployments.stored(gateway, versions);
                settle();
            }
            case Placed(var term, var reasons) -> {
                if (term >= placedTerm) {
                    placedTerm = term;
                    messages = reasons;
                    publish();
                }
            }
            case Deploy deploy -> open(deploy);
            case Opened opened -> onOpened(opened);
            case Scale(var model, var replicas, var done) ->
                withDeployment(model, done, deployment -> {
                    shared.events().add("scaled", model, replicas + " replicas are wanted");
                    change(deployment.with(replicas, deployments.next()), done);
                });
            case Unload(var model, var done) ->
                withDeployment(model, done, deployment -> {
                    shared.events().add("unloaded", model, "the model is deployed no more");
                    change(deployment.without(deployments.next()), done);
                });
            case DrainNode(var node, var force, var done) -> drain(node, force, done);
            case Peers(var controlPlanes) -> {
                peers = Set.copyOf(controlPlanes);
                if (knows()) {
                    tellPeers(deployments.all());
                }
                publish();
            }
            case Written(var then, var failure) -> {
                if (failure == null) {
                    then.run();
                } else {
                    getContext().getLog().error("{}", failure.getMessage(), failure);
                }
            }
            case Signal.MEMBERS -> onMembers();
            case Signal.TICK -> onTick();
            case Signal.PUBLISH -> publish();
        }
        return this;
    }

    private void onReport(NodeReport report) {
        happenings.report(nodes.put(report, now()).orElse(null), report);
        drains.report(report.node(), report.draining());
        Duration since = Duration.ofNanos(now() - publishedNanos);
        if (since.compareTo(BETWEEN_VIEWS) >= 0) {
            publish();
        } else if (!timers.isTimerActive(Signal.PUBLISH)) {
            timers.startSingleTimer(Signal.PUBLISH, BETWEEN_VIEWS.minus(since));
        }
    }

    private void onStore(Store store) {
        List<Deployment.Version> versions =
                store.deployments().stream().map(Deployment::version).toList();
        Runnable answer = () -> store.replyTo().tell(new Stored(shared.self(), versions));
        if (deployments.merge(store.deployments())) {
            known();
        }
        if (shared.ready().complete(null)) {
            tellPeers(deployments.all());
        }
        // Written even if nothing is new: what was merged a moment ago may still be on its way to the disk.
        write(answer);
    }

    /** Two gateways that have just started would else tell each other that nothing is deployed, and refuse all requests. */
    private boolean knows() {
        return shared.ready().isDone() || !deployments.all().isEmpty();
    }

    private void open(Deploy deploy) {
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        return shared.library().open(deploy.source());
                                    } catch (Exception e) {
                                        throw new IllegalStateException(e.getMessage(), e);
                                    }
                                },
                                shared.blocking()),
                        (model, failure) -> new Opened(deploy, model, failure));
    }

    private void onOpened(Opened opened) {
        Deploy deploy = opened.deploy();
        NodeModel model = opened.model();
        if (model == null) {
            Throwable failure = opened.failure();
            String reason = String.valueOf(
                    failure == null || failure.getCause() == null
                            ? failure
                            : failure.getCause().getMessage());
            deploy.done().completeExceptionally(new AdminException(AdminException.Kind.INVALID, reason));
            return;
        }
        // It stays open, as all that this gateway serves.
        shared.models().add(model.served());
        shared.events().add("deployed", model.served().name(), deploy.replicas() + " replicas are wanted");
        change(
                new Deployment(
                        model.served().id(),
                        deploy.source(),
                        model.weightBytes(),
                        deploy.replicas(),
                        false,
                        deploy.kvMemoryBytes(),
                        false,
                        deployments.next()),
                deploy.done());
    }

    private void withDeployment(
            String model, CompletableFuture<Void> done, java.util.function.Consumer<Deployment> action) {
        deployments
                .find(model)
                .ifPresentOrElse(
                        action,
                        () -> done.completeExceptionally(new AdminException(
                                AdminException.Kind.UNKNOWN, "the model '" + model + "' is not deployed")));
    }

    /** Comes into force here at once; is done when a majority has it on disk. */
    private void change(Deployment deployment, CompletableFuture<Void> done) {
        deployments.change(deployment, done, now());
        known();
        tellPeers(List.of(deployment));
        write(() -> {
            deployments.stored(shared.self(), List.of(deployment.version()));
            settle();
        });
    }

    private void settle() {
        Set<String> gateways = new HashSet<>();
        members.values().stream().filter(Members.Known::isGateway).forEach(member -> gateways.add(member.name()));
        gateways.add(shared.self());
        deployments.settle(gateways, now());
    }

    private void tellPeers(List<Deployment> told) {
        Store store = new Store(told, getContext().getSelf());
        for (ActorRef<Command> peer : peers) {
            if (!peer.equals(getContext().getSelf())) {
                peer.tell(store);
            }
        }
    }

    /** Writes what is known now, after the writes before; then {@code then} runs here. */
    private void write(Runnable then) {
        getContext().pipeToSelf(writer.write(deployments.kept()), (done, failure) -> new Written(then, failure));
    }

    private void drain(String node, boolean force, CompletableFuture<Void> done) {
        if (members.containsKey(node)) {
            drains.add(node, force, done, now());
            settleDrains();
        } else {
            done.completeExceptionally(
                    new AdminException(AdminException.Kind.UNKNOWN, "there is no node '" + node + "'"));
        }
    }

    private void settleDrains() {
        NodeDrains.Steps steps = drains.settle(members, now());
        for (String node : steps.ask()) {
            nodes.find(node).ifPresent(report -> report.agent().tell(new NodeAgent.Drain()));
        }
        for (Members.Known member : steps.down()) {
            shared.events().add("left", member.name(), "the node could not be reached and was downed by an operator");
            cluster.manager().tell(new Down(member.address()));
        }
    }

    private void known() {
        shared.models().keep(deployments.active().stream().map(Deployment::spec).toList());
        publish();
    }

    private void onMembers() {
        members = Members.of(akka.cluster.Cluster.get(getContext().getSystem()).state());
        happenings.members(members, nodes.all());
        nodes.forget(members.keySet(), now()).forEach(viewBuilder::forget);
        settle();
        settleDrains();
        publish();
    }

    private void onTick() {
        onMembers();
        if (deployments.hasOpenChanges()) {
            tellPeers(deployments.all());
        }
    }

    private void publish() {
        publishedNanos = now();
        Map<String, NodeReport> reports = new HashMap<>();
        List<NodeReport> workers = new ArrayList<>();
        Set<String> reachable = new HashSet<>();
        for (Members.Known member : members.values()) {
            nodes.find(member.name()).ifPresent(report -> {
                reports.put(member.name(), report);
                if (member.isWorker()) {
                    workers.add(report);
                    if (member.up() && member.reachable() && nodes.isFresh(member.name(), now())) {
                        reachable.add(member.name());
                    }
                }
            });
        }
        List<Deployment> active = deployments.active();
        shared.view().set(viewBuilder.build(members, reports, active, messages, now()));
        shared.known().set(new Placement.Known(active, workers, reachable, peers));
    }

    private long now() {
        return shared.nanoClock().getAsLong();
    }
}
