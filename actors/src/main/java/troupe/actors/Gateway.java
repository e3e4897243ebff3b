package troupe.actors;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.KvChanges;

/**
 * A node's entry: admits requests up to a limit and gives each to a {@link Sequence}; knows the workers, chooses among
 * them, and notices when one falls silent; hands the tokens that arrive for its sequences on to them.
 */
public final class Gateway extends AbstractBehavior<Gateway.Command> {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Open.class, name = "open"),
        @JsonSubTypes.Type(value = SequenceStarted.class, name = "sequence-started"),
        @JsonSubTypes.Type(value = SequenceEnded.class, name = "sequence-ended"),
        @JsonSubTypes.Type(value = Select.class, name = "select"),
        @JsonSubTypes.Type(value = Settled.class, name = "settled"),
        @JsonSubTypes.Type(value = WorkerUp.class, name = "worker-up"),
        @JsonSubTypes.Type(value = WorkerLoad.class, name = "worker-load"),
        @JsonSubTypes.Type(value = WorkerDown.class, name = "worker-down"),
        @JsonSubTypes.Type(value = StepTokens.class, name = "step-tokens"),
        @JsonSubTypes.Type(value = CacheChanged.class, name = "cache-changed"),
        @JsonSubTypes.Type(value = CacheSnapshot.class, name = "cache-snapshot"),
        @JsonSubTypes.Type(value = Drain.class, name = "drain"),
        @JsonSubTypes.Type(value = AbortAll.class, name = "abort-all"),
        @JsonSubTypes.Type(value = GetStatus.class, name = "get-status")
    })
    public sealed interface Command extends CborSerializable {}

    /** A request; its listener hears of everything else. A listener that ends abandons the request. */
    public record Open(GenerationRequest request, ActorRef<SequenceEvent> listener) implements Command {}

    /** From a sequence: it lives. */
    public record SequenceStarted(String sequence, ActorRef<Sequence.Command> ref) implements Command {}

    /** From a sequence: its terminal event is sent. */
    public record SequenceEnded(String sequence) implements Command {}

    /** From a sequence: which worker? Answered by {@link Sequence.Selected}, or {@link Sequence.NoWorker}. */
    public record Select(WorkerSelector.Demand demand, ActorRef<Sequence.Command> replyTo) implements Command {}

    /** From a sequence: the worker has answered, or the attempt was given up; its reservation ends. */
    public record Settled(AttemptKey attempt) implements Command {}

    /**
     * From a batcher: its engine takes attempts. Repeated until it is answered by {@link Batcher.Registered}; what does not
     * fit this gateway's protocol or model is answered by {@link Batcher.Refused}.
     */
    public record WorkerUp(
            WorkerId worker, Protocol protocol, ModelId model, ExecutorInfo info, ActorRef<Batcher.Command> batcher)
            implements Command {}

    /**
     * From a batcher, all the time: a sign of life. Answered by {@link Batcher.Unknown} where the worker is not registered.
     *
     * @param draining it takes nothing new
     * @param cacheNumber of the latest {@link CacheChanged}
     */
    public record WorkerLoad(
            WorkerId worker, EngineStats stats, boolean draining, long cacheNumber, ActorRef<Batcher.Command> batcher)
            implements Command {}

    /** From a batcher: what changed in its engine's prefix cache; {@code number} counts these from 1. */
    public record CacheChanged(WorkerId worker, long number, KvChanges changes, ActorRef<Batcher.Command> batcher)
            implements Command {}

    /**
     * From a batcher that was told {@link Batcher.SendCache}: part of all that its engine's prefix cache holds.
     *
     * @param number of the changes that it includes
     * @param chunk counts the parts from 0
     */
    public record CacheSnapshot(
            WorkerId worker, long number, int chunk, boolean last, KvChanges changes, ActorRef<Batcher.Command> batcher)
            implements Command {}

    /** From a batcher: the engine is gone with all its attempts. */
    public record WorkerDown(WorkerId worker, String cause) implements Command {}

    /**
     * From a batcher: all that its steps brought this gateway's sequences since the last such message.
     *
     * @param number counts these messages from 1; answered by {@link Batcher.StepRead}
     */
    public record StepTokens(
            WorkerId worker,
            long number,
            List<AttemptEvent> events,
            EngineStats stats,
            ActorRef<Batcher.Command> batcher)
            implements Command {
        public StepTokens {
            events = List.copyOf(events);
        }
    }

    /** Refuse what comes from now on, and answer when the last request has ended. */
    public record Drain(ActorRef<Drained> replyTo) implements Command {}

    public record Drained() implements CborSerializable {}

    /** End every open request with a failure, and refuse what comes from now on. */
    public record AbortAll(FailureKind kind, String message) implements Command {}

    public record GetStatus(ActorRef<Status> replyTo) implements Command {}

    /**
     * What a health check asks.
     *
     * @param openRequests accepted and not ended
     * @param workers that are up
     */
    public record Status(int openRequests, int workers, boolean draining) implements CborSerializable {}

    private sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    private record SequenceGone(String sequence) implements Internal {}

    private record BatcherGone(String worker) implements Internal {}

    private enum Tick implements Internal {
        TICK
    }

    /**
     * What a gateway needs.
     *
     * @param maxOpenRequests past it a request is refused
     * @param heartbeatLimit a worker that says nothing for longer is taken for dead
     * @param ids of new requests, each unique in the cluster
     * @param sequences delivers a message to the sequence of an id, which starts it
     * @param models that requests may name
     * @param protocol that workers must fit
     * @param nanoClock of the heartbeat limit
     */
    public record Shared(
            int maxOpenRequests,
            Duration heartbeatLimit,
            WorkerSelector selector,
            Supplier<String> ids,
            BiConsumer<String, Sequence.Command> sequences,
            ServedModels models,
            Protocol protocol,
            LongSupplier nanoClock) {}

    /** An open request; {@code ref} is null until the sequence has said that it lives. */
    private record Request(
            ActorRef<SequenceEvent> listener, @Nullable ActorRef<Sequence.Command> ref) {}

    private static final long FIRST_EPOCH = 1;
    /** Workers whose refusal is remembered, so that it is logged once. */
    private static final int MOST_REFUSED = 1_024;

    private final Shared shared;
    private final Map<String, Request> requests = new HashMap<>();
    private final WorkerTable<ActorRef<Batcher.Command>> workers = new WorkerTable<>();
    private final WorkerCaches caches;
    private final Map<AttemptKey, Select> waitingForWorker = new LinkedHashMap<>();
    private final List<ActorRef<Drained>> drainers = new ArrayList<>();
    private final Map<String, String> refused = new HashMap<>();
    private long lastTickNanos;
    private boolean draining;

    public static Behavior<Command> create(Shared shared) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, tickInterval(shared));
            return new Gateway(context, shared);
        }));
    }

    private Gateway(ActorContext<Command> context, Shared shared) {
        super(context);
        this.shared = shared;
        caches = new WorkerCaches(shared.selector());
        context.setLoggerName(Gateway.class);
        lastTickNanos = shared.nanoClock().getAsLong();
    }

    private static Duration tickInterval(Shared shared) {
        return shared.heartbeatLimit().dividedBy(4);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Open open -> onOpen(open);
            case SequenceStarted started -> onStarted(started);
            case SequenceEnded(var sequence) -> close(sequence, null);
            case SequenceGone(var sequence) -> close(sequence, "the request's owner failed");
            case Select select -> onSelect(select);
            case Settled(var attempt) -> {
                shared.selector().release(attempt);
                waitingForWorker.remove(attempt);
            }
            case WorkerUp up -> onWorkerUp(up);
            case WorkerLoad load -> onWorkerLoad(load);
            case WorkerDown(var worker, var cause) -> down(worker, cause);
            case BatcherGone(var name) -> workers.named(name).ifPresent(worker -> down(worker.id(), "its actor ended"));
            case StepTokens step -> onStepTokens(step);
            case CacheChanged(var worker, var number, var changes, var batcher) ->
                follow(caches.changed(worker, number, changes), worker, batcher);
            case CacheSnapshot(var worker, var number, var chunk, var last, var changes, var batcher) ->
                follow(caches.snapshot(worker, number, chunk, last, changes), worker, batcher);
            case Drain(var replyTo) -> {
                draining = true;
                drainers.add(replyTo);
                answerDrainers();
            }
            case AbortAll(var kind, var message) -> {
                draining = true;
                abortAll(new Sequence.Abort(kind, message));
            }
            case GetStatus(var replyTo) -> replyTo.tell(new Status(requests.size(), workers.size(), draining));
            case Tick.TICK -> onTick();
        }
        return this;
    }

    private void onOpen(Open open) {
        String id = shared.ids().get();
        if (draining) {
            open.listener().tell(new SequenceEvent.Failed(id, FailureKind.DRAINING, "the server is shutting down"));
        } else if (requests.size() >= shared.maxOpenRequests()) {
            open.listener()
                    .tell(new SequenceEvent.Failed(
                            id,
                            FailureKind.OVERLOADED,
                            requests.size() + " requests are open, the most that are allowed"));
        } else {
            requests.put(id, new Request(open.listener(), null));
            shared.sequences()
                    .accept(
                            id,
                            new Sequence.Start(
                                    id,
                                    FIRST_EPOCH,
                                    open.request(),
                                    open.listener(),
                                    getContext().getSelf()));
        }
    }

    private void onStarted(SequenceStarted started) {
        Request request = requests.get(started.sequence());
        if (request != null && request.ref() == null) {
            requests.put(started.sequence(), new Request(request.listener(), started.ref()));
            getContext().watchWith(started.ref(), new SequenceGone(started.sequence()));
        }
    }

    /** Forgets a request; {@code failure} is for its listener where the sequence could not tell it. */
    private void close(String sequence, @Nullable String failure) {
        Request request = requests.remove(sequence);
        if (request == null) {
            return;
        }
        if (request.ref() != null) {
            getContext().unwatch(request.ref());
        }
        waitingForWorker.keySet().removeIf(attempt -> attempt.sequence().equals(sequence));
        if (failure != null) {
            request.listener().tell(new SequenceEvent.Failed(sequence, FailureKind.INTERNAL, failure));
        }
        answerDrainers();
    }

    private void onSelect(Select select) {
        AttemptKey attempt = select.demand().attempt();
        if (!requests.containsKey(attempt.sequence())) {
            return;
        }
        var selection = shared.selector().select(select.demand());
        var worker = selection.flatMap(chosen -> workers.find(chosen.worker()));
        if (worker.isPresent()) {
            select.replyTo()
                    .tell(new Sequence.Selected(
                            attempt,
                            selection.get(),
                            worker.get().info().numericsId(),
                            worker.get().batcher()));
        } else if (!workers.serves(select.demand().model(), select.demand().numericsId())) {
            waitingForWorker.put(attempt, select);
        } else {
            select.replyTo().tell(new Sequence.NoWorker(attempt));
        }
    }

    private void onWorkerUp(WorkerUp up) {
        WorkerId id = up.worker();
        ServedModel model = shared.models().now(up.model().name()).orElse(null);
        if (!shared.protocol().accepts(up.protocol().version())) {
            refuse(
                    up,
                    "it speaks protocol " + up.protocol().version() + " (release "
                            + up.protocol().release() + "), this gateway "
                            + shared.protocol().version() + " (release "
                            + shared.protocol().release() + ")");
            return;
        }
        if (model == null) {
            // Its model is still on the way here, or no longer deployed: the worker asks again.
            return;
        }
        if (!model.id().equals(up.model())) {
            refuse(up, "of the model " + model.name() + ", " + up.model().difference(model.id()));
            return;
        }
        if (up.info().blockTokens() < 1) {
            refuse(up, "its KV blocks have " + up.info().blockTokens() + " tokens, at least 1 is required");
            return;
        }
        refused.remove(id.name());
        up.batcher().tell(new Batcher.Registered(id, getContext().getSelf()));
        workers.named(id.name())
                .filter(known -> known.id().incarnation() < id.incarnation())
                .ifPresent(known -> down(known.id(), "a new engine took its place"));
        if (!workers.up(new WorkerTable.Worker<>(id, up.model(), up.info(), up.batcher()), now())) {
            return;
        }
        shared.selector().up(id, up.info());
        caches.up(id);
        follow(true, id, up.batcher());
        getContext().watchWith(up.batcher(), new BatcherGone(id.name()));
        id.in(getContext().getLog().atInfo())
                .addKeyValue("model", up.model().name())
                .addKeyValue("kernels", up.info().kernels())
                .log("a worker is up");
        List<Select> waiting = List.copyOf(waitingForWorker.values());
        waitingForWorker.clear();
        waiting.forEach(this::onSelect);
    }

    private void refuse(WorkerUp up, String reason) {
        up.batcher().tell(new Batcher.Refused(up.worker(), reason));
        if (refused.size() < MOST_REFUSED
                && !reason.equals(refused.put(up.worker().name(), reason))) {
            up.worker().in(getContext().getLog().atError()).log("a worker is refused: {}", reason);
        }
    }

    private void onWorkerLoad(WorkerLoad load) {
        if (workers.find(load.worker()).isEmpty()) {
            load.batcher().tell(new Batcher.Unknown(load.worker(), getContext().getSelf()));
            return;
        }
        onLoad(load.worker(), load.stats());
        follow(caches.sign(load.worker(), load.cacheNumber()), load.worker(), load.batcher());
        if (load.draining() && workers.drains(load.worker())) {
            shared.selector().down(load.worker());
            load.worker().in(getContext().getLog().atInfo()).log("a worker takes nothing new: it is drained");
        }
    }

    /** Asks a worker for its whole cache where that is needed. */
    private void follow(boolean ask, WorkerId worker, ActorRef<Batcher.Command> batcher) {
        if (ask) {
            batcher.tell(new Batcher.SendCache(worker, getContext().getSelf()));
        }
    }

    private void onLoad(WorkerId id, EngineStats stats) {
        if (workers.sign(id, now())) {
            shared.selector().load(id, stats);
        }
    }

    private void down(WorkerId id, String cause) {
        workers.down(id).ifPresent(worker -> {
            getContext().unwatch(worker.batcher());
            shared.selector().down(id);
            caches.down(id);
            id.in(getContext().getLog().atLevel(draining ? Level.INFO : Level.WARN))
                    .log("a worker is lost: {}", cause);
        });
        tellAll(new Sequence.WorkerLost(id));
    }

    private void onStepTokens(StepTokens step) {
        onLoad(step.worker(), step.stats());
        Map<String, List<AttemptEvent>> bySequence = new LinkedHashMap<>();
        for (AttemptEvent event : step.events()) {
            bySequence
                    .computeIfAbsent(event.event().key().sequence(), ignored -> new ArrayList<>())
                    .add(event);
        }
        bySequence.forEach((sequence, events) -> {
            Request request = requests.get(sequence);
            if (request != null && request.ref() != null) {
                request.ref().tell(new Sequence.Progress(step.worker(), events));
            }
        });
        step.batcher().tell(new Batcher.StepRead(step.worker(), getContext().getSelf(), step.number()));
    }

    private void onTick() {
        long now = now();
        if (now - lastTickNanos > 2 * tickInterval(shared).toNanos()) {
            // This node itself stood still: what the workers said meanwhile lies in the mailbox behind this tick.
            workers.signOfAll(now);
        }
        lastTickNanos = now;
        for (WorkerId silent : workers.silent(shared.heartbeatLimit(), now)) {
            down(silent, "no sign of life for " + shared.heartbeatLimit().toMillis() + " ms");
        }
        endUndeployed();
    }

    /** What waits for a worker of a model that is deployed no more would wait until its deadline. */
    private void endUndeployed() {
        for (Select select : waitingForWorker.values()) {
            String model = select.demand().model();
            if (shared.models().find(model).isEmpty()) {
                select.replyTo().tell(new Sequence.Abort(FailureKind.NOT_DEPLOYED, Sequence.notDeployed(model)));
            }
        }
    }

    private long now() {
        return shared.nanoClock().getAsLong();
    }

    private void abortAll(Sequence.Abort abort) {
        requests.forEach((sequence, request) -> {
            if (request.ref() == null) {
                shared.sequences().accept(sequence, abort);
            } else {
                request.ref().tell(abort);
            }
        });
    }

    private void tellAll(Sequence.Command command) {
        for (Request request : requests.values()) {
            if (request.ref() != null) {
                request.ref().tell(command);
            }
        }
    }

    private void answerDrainers() {
        if (draining && requests.isEmpty()) {
            drainers.forEach(drainer -> drainer.tell(new Drained()));
            drainers.clear();
        }
    }
}
