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

    /** From a batcher: its engine takes attempts. Repeated now and then. */
    public record WorkerUp(WorkerId worker, ExecutorInfo info, ActorRef<Batcher.Command> batcher) implements Command {}

    /** From a batcher: a sign of life. */
    public record WorkerLoad(WorkerId worker, EngineStats stats) implements Command {}

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
     * @param silenceLimit a worker that says nothing for longer is taken for dead
     * @param ids of new requests, each unique in the cluster
     * @param sequences delivers a message to the sequence of an id, which starts it
     * @param nanoClock of the silence limit
     */
    public record Shared(
            int maxOpenRequests,
            Duration silenceLimit,
            WorkerSelector selector,
            Supplier<String> ids,
            BiConsumer<String, Sequence.Command> sequences,
            LongSupplier nanoClock) {}

    /** An open request; {@code ref} is null until the sequence has said that it lives. */
    private record Request(
            ActorRef<SequenceEvent> listener, @Nullable ActorRef<Sequence.Command> ref) {}

    private static final long FIRST_EPOCH = 1;

    private final Shared shared;
    private final Map<String, Request> requests = new HashMap<>();
    private final WorkerTable<ActorRef<Batcher.Command>> workers = new WorkerTable<>();
    private final Map<AttemptKey, Select> waitingForWorker = new LinkedHashMap<>();
    private final List<ActorRef<Drained>> drainers = new ArrayList<>();
    private boolean draining;

    public static Behavior<Command> create(Shared shared) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, shared.silenceLimit().dividedBy(4));
            return new Gateway(context, shared);
        }));
    }

    private Gateway(ActorContext<Command> context, Shared shared) {
        super(context);
        this.shared = shared;
        context.setLoggerName(Gateway.class);
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
            case WorkerLoad(var worker, var stats) -> onLoad(worker, stats);
            case WorkerDown(var worker, var cause) -> down(worker, cause);
            case BatcherGone(var name) -> workers.named(name).ifPresent(worker -> down(worker.id(), "its actor ended"));
            case StepTokens step -> onStepTokens(step);
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
        var worker = shared.selector().select(select.demand()).flatMap(workers::find);
        if (worker.isPresent()) {
            select.replyTo()
                    .tell(new Sequence.Selected(
                            attempt,
                            worker.get().id(),
                            worker.get().info().numericsId(),
                            worker.get().batcher()));
        } else if (workers.isEmpty()) {
            waitingForWorker.put(attempt, select);
        } else {
            select.replyTo().tell(new Sequence.NoWorker(attempt));
        }
    }

    private void onWorkerUp(WorkerUp up) {
        WorkerId id = up.worker();
        workers.named(id.name())
                .filter(known -> known.id().incarnation() < id.incarnation())
                .ifPresent(known -> down(known.id(), "a new engine took its place"));
        if (!workers.up(new WorkerTable.Worker<>(id, up.info(), up.batcher()), now())) {
            return;
        }
        shared.selector().up(id, up.info());
        getContext().watchWith(up.batcher(), new BatcherGone(id.name()));
        id.in(getContext().getLog().atInfo())
                .addKeyValue("kernels", up.info().kernels())
                .log("a worker is up");
        List<Select> waiting = List.copyOf(waitingForWorker.values());
        waitingForWorker.clear();
        waiting.forEach(this::onSelect);
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
        for (WorkerId silent : workers.silent(shared.silenceLimit(), now())) {
            down(silent, "no sign of life for " + shared.silenceLimit());
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
