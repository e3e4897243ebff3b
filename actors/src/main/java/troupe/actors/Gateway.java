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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import troupe.actors.admin.ResumingView;
import troupe.actors.resume.AttachRequest;
import troupe.actors.resume.Epochs;
import troupe.actors.resume.ResumableState;
import troupe.actors.resume.SequenceRecord;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.Tenant;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.kv.KvChanges;

/**
 * A node's entry: admits requests up to a limit and gives each to a {@link Sequence}; knows the workers, chooses among
 * them, and notices when one falls silent; hands the tokens that arrive for its sequences on to them.
 */
public final class Gateway extends AbstractBehavior<Gateway.Command> {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Open.class, name = "open"),
        @JsonSubTypes.Type(value = Select.class, name = "select"),
        @JsonSubTypes.Type(value = Settled.class, name = "settled"),
        @JsonSubTypes.Type(value = Rejoined.class, name = "rejoined"),
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
    public record Open(GenerationRequest request, ActorRef<ListenerMessage> listener) implements Command {}

    /**
     * From a sequence: which worker? Answered, when it is the attempt's turn, by {@link Sequence.Selected}, or by
     * {@link Sequence.NoWorker}.
     *
     * @param priority lower goes first
     * @param maxTokens of the output
     * @param isolated for it alone: answered when no other suspect looks for a worker, and never by NoWorker
     */
    public record Select(
            WorkerSelector.Demand demand,
            Tenant tenant,
            int priority,
            int maxTokens,
            boolean isolated,
            ActorRef<Sequence.Command> replyTo)
            implements Command {}

    /** From a sequence: it needs no worker for itself any more, or has lost it. */
    public record Rejoined(String sequence) implements Command {}

    /** From a sequence: the worker has answered, or the attempt was given up; its reservation ends. */
    public record Settled(AttemptKey attempt) implements Command {}

    /**
     * From a batcher: its engine takes attempts. Repeated until it is answered by {@link Batcher.Registered}; what does not
     * fit this gateway's protocol or model is answered by {@link Batcher.Refused}.
     *
     * @param maxSequences in its batch; 0 where it does not say
     * @param process that the engine is in; null: not told
     */
    public record WorkerUp(
            WorkerId worker,
            Protocol protocol,
            ModelId model,
            ExecutorInfo info,
            int maxSequences,
            @Nullable ProcessId process,
            ActorRef<Batcher.Command> batcher)
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

    /** From a batcher: the engine is gone with all its attempts; {@code cause}: null where it is not told. */
    public record WorkerDown(WorkerId worker, @Nullable DeathCause cause, String text) implements Command {}

    /**
     * From a batcher: all that its steps brought this gateway's sequences since the last such message.
     *
     * @param number counts these messages from 1; one of {@value AttemptLedger#READ_EVERY} is answered by
     *     {@link Batcher.StepRead}
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
     * @param waitingAttempts of theirs, which wait for a worker
     * @param workers that are up
     */
    public record Status(int openRequests, int waitingAttempts, int workers, boolean draining)
            implements CborSerializable {}

    public sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    /** From the control connections: a process is gone, or cannot be reached; its workers' attempts move. */
    public record ProcessGone(String node, long life) implements Internal {}

    /** A process has ended, and its supervisor says why. */
    public record ProcessEnded(String node, long pid, DeathCause cause) implements Internal {}

    /**
     * A resumable request, perhaps one that is known; a listener that ends abandons it once the request's grace is over.
     */
    public record Attach(AttachRequest<ActorRef<ListenerMessage>> request) implements Internal {}

    /** A resumable request that nobody knows. */
    record Begin(AttachRequest<ActorRef<ListenerMessage>> request) implements Internal {}

    /** A request that another gateway had accepted goes on here. */
    record Resume(SequenceRecord record, long epoch, List<List<ScoredToken>> tokens) implements Internal {}

    /** From a sequence: its terminal event is sent. */
    record SequenceEnded(String sequence, ActorRef<Sequence.Command> ref) implements Internal {}

    private record SequenceGone(String sequence, ActorRef<Sequence.Command> ref) implements Internal {}

    record BatcherGone(String worker) implements Internal {}

    private enum Tick implements Internal {
        TICK
    }

    /**
     * What a gateway needs.
     *
     * @param maxOpenRequests past it a request is refused
     * @param tenantShare that a tenant may hold of the open requests that others have left
     * @param ageing in which a request that waits for a worker gains a priority class
     * @param heartbeatLimit a worker that says nothing for longer is taken for dead
     * @param ids of new requests, each unique in the cluster
     * @param sequence what its sequences share
     * @param resumables the limits of what can be resumed
     * @param resuming is told of these, again and again
     * @param number of this start of this gateway, another one for each
     * @param models that requests may name
     * @param protocol that workers must fit
     * @param control where workers' processes connect; empty: nowhere
     * @param nanoClock of the heartbeat limit
     */
    public record Shared(
            int maxOpenRequests,
            double tenantShare,
            Duration ageing,
            Duration heartbeatLimit,
            WorkerSelector selector,
            Supplier<String> ids,
            Sequence.Shared sequence,
            ResumableState.Limits resumables,
            Consumer<ResumingView> resuming,
            int number,
            ServedModels models,
            Protocol protocol,
            Optional<ControlAddress> control,
            LongSupplier nanoClock) {}

    /** An open request; {@code listener} is its first one, or null where it came without. */
    private record Request(
            Tenant tenant, @Nullable ActorRef<ListenerMessage> listener, ActorRef<Sequence.Command> ref) {}

    private static final int LONGEST_RETRY_SECONDS = 3_600;

    private final Shared shared;
    private final Map<String, Request> requests = new HashMap<>();
    private final ActorRef<Resumables.Command> resumables;
    private final OpenPlaces places;
    private final AttemptRouter<ActorRef<Batcher.Command>, ActorRef<Sequence.Command>> router;
    private final KnownWorkers workers;
    private final List<ActorRef<Drained>> drainers = new ArrayList<>();
    private boolean draining;

    public static Behavior<Command> create(Shared shared) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, KnownWorkers.tickInterval(shared));
            return new Gateway(context, shared);
        }));
    }

    private Gateway(ActorContext<Command> context, Shared shared) {
        super(context);
        this.shared = shared;
        resumables = context.spawn(
                Resumables.create(
                        context.getSelf(), shared.number(), shared.resumables(), shared.resuming(), shared.nanoClock()),
                "resumables");
        places = new OpenPlaces(shared.maxOpenRequests(), shared.tenantShare());
        WorkerTable<ActorRef<Batcher.Command>> table = new WorkerTable<>();
        router = new AttemptRouter<>(shared.selector(), table, shared.ageing(), new SequenceAnswers());
        workers = new KnownWorkers(context, shared, table, router, this::onLost);
        context.setLoggerName(Gateway.class);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Open(var request, var listener) -> open(request, listener, null);
            case Attach(var request) -> onAttach(request);
            case Begin(var request) -> open(request.request(), request.listener(), request);
            case Resume resume -> onResume(resume);
            case SequenceEnded(var sequence, var ref) -> close(sequence, ref, null);
            case SequenceGone(var sequence, var ref) -> close(sequence, ref, "the request's owner failed");
            case Select select -> onSelect(select);
            case Settled(var attempt) -> router.settled(attempt, now());
            case Rejoined(var sequence) -> router.rejoined(sequence);
            case WorkerUp up -> workers.offered(up);
            case WorkerLoad load -> workers.heartbeat(load);
            case WorkerDown(var worker, var cause, var text) -> workers.down(worker, cause, text);
            case ProcessGone(var node, var life) -> workers.processGone(node, life);
            case ProcessEnded(var node, var pid, var cause) -> onProcessEnded(node, pid, cause);
            case BatcherGone(var name) -> workers.batcherGone(name);
            case StepTokens step -> onStepTokens(step);
            case CacheChanged changed -> workers.cacheChanged(changed);
            case CacheSnapshot part -> workers.cacheSnapshot(part);
            case Drain(var replyTo) -> {
                draining = true;
                resumables.tell(new Resumables.Retire());
                drainers.add(replyTo);
                answerDrainers();
            }
            case AbortAll(var kind, var message) -> {
                draining = true;
                tellAll(new Sequence.Abort(kind, message));
            }
            case GetStatus(var replyTo) ->
                replyTo.tell(new Status(requests.size(), router.waiting(), workers.size(), draining));
            case Tick.TICK -> onTick();
        }
        return this;
    }

    private void onAttach(AttachRequest<ActorRef<ListenerMessage>> request) {
        if (draining) {
            refuseDraining(request.listener());
        } else {
            resumables.tell(new Resumables.Attach(request));
        }
    }

    /** A new request; {@code resumable} is null where it ends with its listener. */
    private void open(
            GenerationRequest request,
            ActorRef<ListenerMessage> listener,
            @Nullable AttachRequest<ActorRef<ListenerMessage>> resumable) {
        if (draining) {
            refuseDraining(listener);
            return;
        }
        Optional<OpenPlaces.Refusal> refusal = places.take(request.tenant());
        if (refusal.isPresent()) {
            listener.tell(new SequenceEvent.Failed(
                    "", refusal.get().kind(), refusal.get().message(), retryAfter(request)));
            return;
        }
        spawn(
                shared.ids().get(),
                Epochs.FIRST,
                request,
                listener,
                resumable == null
                        ? null
                        : new ResumableStart(resumable.resumption(), resumable.read(), null, List.of()));
    }

    /** When what waits now of the tenant's requests will be with workers, seconds. */
    private int retryAfter(GenerationRequest request) {
        double seconds = router.secondsToServe(request.model(), request.tenant(), now());
        return (int) Math.clamp(Math.ceil(seconds), 1, LONGEST_RETRY_SECONDS);
    }

    private void onResume(Resume resume) {
        SequenceRecord record = resume.record();
        places.occupy(record.request().tenant());
        spawn(
                record.sequence(),
                resume.epoch(),
                record.request(),
                null,
                new ResumableStart(record.resumption(), null, record.numericsId(), resume.tokens()));
    }

    private void spawn(
            String id,
            long epoch,
            GenerationRequest request,
            @Nullable ActorRef<ListenerMessage> listener,
            @Nullable ResumableStart resumable) {
        ActorRef<Sequence.Command> sequence = getContext()
                .spawnAnonymous(Sequence.create(
                        shared.sequence(),
                        new Sequence.Start(
                                id, epoch, request, listener, getContext().getSelf(), resumable, resumables)));
        getContext().watchWith(sequence, new SequenceGone(id, sequence));
        requests.put(id, new Request(request.tenant(), listener, sequence));
    }

    private void refuseDraining(ActorRef<ListenerMessage> listener) {
        refuse(listener, FailureKind.DRAINING, "the server is shutting down");
    }

    private static void refuse(ActorRef<ListenerMessage> listener, FailureKind kind, String message) {
        listener.tell(new SequenceEvent.Failed("", kind, message));
    }

    /** Forgets a request; {@code failure} is for its listener where the sequence could not tell it. */
    private void close(String sequence, ActorRef<Sequence.Command> ref, @Nullable String failure) {
        Request request = requests.get(sequence);
        if (request == null || !request.ref().equals(ref)) {
            return;
        }
        requests.remove(sequence);
        getContext().unwatch(ref);
        places.free(request.tenant());
        router.forget(sequence, now());
        if (failure != null && request.listener() != null) {
            refuse(request.listener(), FailureKind.INTERNAL, failure);
        }
        answerDrainers();
    }

    private void onSelect(Select select) {
        if (requests.containsKey(select.demand().attempt().sequence())) {
            router.ask(
                    new AttemptRouter.Ask<>(
                            select.demand(),
                            select.tenant(),
                            select.priority(),
                            select.maxTokens(),
                            select.isolated(),
                            select.replyTo()),
                    now());
        }
    }

    private void onProcessEnded(String node, long pid, DeathCause cause) {
        List<WorkerId> inside = workers.processEnded(node, pid, cause);
        for (WorkerId worker : inside) {
            tellAll(new Sequence.Verdict(worker, cause, inside.size() == 1));
        }
    }

    private void onLost(WorkerId worker, @Nullable DeathCause cause, String text, boolean wasUp) {
        if (wasUp) {
            worker.in(getContext().getLog().atLevel(draining ? Level.INFO : Level.WARN))
                    .log("a worker is lost: {}", text);
        }
        tellAll(new Sequence.WorkerLost(worker, cause));
    }

    private void onStepTokens(StepTokens step) {
        workers.load(step.worker(), step.stats());
        router.events(step.events(), now());
        AttemptEvent.bySequence(step.events()).forEach((sequence, events) -> {
            Request request = requests.get(sequence);
            if (request != null) {
                request.ref().tell(new Sequence.Progress(step.worker(), events));
            }
        });
        if (step.number() % AttemptLedger.READ_EVERY == 0) {
            step.batcher().tell(new Batcher.StepRead(step.worker(), getContext().getSelf(), step.number()));
        }
    }

    private void onTick() {
        workers.tick();
        endUndeployed();
    }

    /** What waits for a worker of a model that is deployed no more would wait until its deadline. */
    private void endUndeployed() {
        for (var ask : router.waitingFor(model -> shared.models().find(model).isEmpty())) {
            String model = ask.demand().model();
            ask.replyTo().tell(new Sequence.Abort(FailureKind.NOT_DEPLOYED, Sequence.notDeployed(model)));
        }
    }

    private long now() {
        return shared.nanoClock().getAsLong();
    }

    private void tellAll(Sequence.Command command) {
        for (Request request : requests.values()) {
            request.ref().tell(command);
        }
    }

    private void answerDrainers() {
        if (draining && requests.isEmpty()) {
            drainers.forEach(drainer -> drainer.tell(new Drained()));
            drainers.clear();
        }
    }
}
