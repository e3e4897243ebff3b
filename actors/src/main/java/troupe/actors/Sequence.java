package troupe.actors;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.SequenceRecord;
import troupe.actors.resume.TokenTail;
import troupe.conf.SequenceSettings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/**
 * Owns one request from its acceptance to its terminal event: tokenizes the prompt, submits attempts to batchers, and
 * carries out what {@link SequenceState} decides. Ends itself after the terminal event, and when its listener ends; that of
 * a resumable request once nobody has listened for its grace.
 */
public final class Sequence extends AbstractBehavior<Sequence.Command> {
    /** Not the context's, which looks through the stack for its name whenever an actor begins. */
    private static final Logger LOG = LoggerFactory.getLogger(Sequence.class);

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Selected.class, name = "selected"),
        @JsonSubTypes.Type(value = NoWorker.class, name = "no-worker"),
        @JsonSubTypes.Type(value = Reserved.class, name = "reserved"),
        @JsonSubTypes.Type(value = Admitted.class, name = "admitted"),
        @JsonSubTypes.Type(value = Progress.class, name = "progress"),
        @JsonSubTypes.Type(value = WorkerLost.class, name = "worker-lost"),
        @JsonSubTypes.Type(value = Verdict.class, name = "verdict"),
        @JsonSubTypes.Type(value = Dropped.class, name = "dropped"),
        @JsonSubTypes.Type(value = Read.class, name = "read"),
        @JsonSubTypes.Type(value = Attach.class, name = "attach"),
        @JsonSubTypes.Type(value = Abort.class, name = "abort")
    })
    public sealed interface Command extends CborSerializable {}

    /**
     * The gateway chose a worker.
     *
     * @param priority of the sequence from now on: by waiting it may have come to a better one than it asked for
     * @param claim where it is to be for the attempt alone: it is to take in nothing else before it is idle
     */
    public record Selected(
            AttemptKey attempt,
            WorkerSelector.Selection selection,
            String numericsId,
            ActorRef<Batcher.Command> batcher,
            int priority,
            boolean claim)
            implements Command {}

    /** A batcher's answer to {@link Batcher.Reserve}: whether its engine is the sequence's alone. */
    public record Reserved(AttemptKey attempt, boolean granted) implements Command {}

    /** Workers are up, and all of them have refused the attempt. */
    public record NoWorker(AttemptKey attempt) implements Command {}

    /** A batcher's answer to a submission. */
    public record Admitted(AttemptKey attempt, Admission admission) implements Command {}

    /** The part of a worker's step that is this sequence's. */
    public record Progress(WorkerId worker, List<AttemptEvent> events) implements Command {
        public Progress {
            events = List.copyOf(events);
        }
    }

    /** The worker's engine is gone, or silent for too long; {@code cause}: null where it is not known yet. */
    public record WorkerLost(WorkerId worker, @Nullable DeathCause cause) implements Command {}

    /** Why a worker's engine is gone; {@code sole}: no other worker was in its process. */
    public record Verdict(WorkerId worker, DeathCause cause, boolean sole) implements Command {}

    /**
     * From a batcher: it was told that this sequence is gone, and has dropped the attempt. Where a gateway has come back at
     * its former address, the removal of its former life says so of sequences that live.
     */
    public record Dropped(AttemptKey attempt) implements Command {}

    /**
     * The listener has read the first {@code count} events that it was sent.
     *
     * @param attachment which listener of a resumable request, as its events say; 0 for any other request
     */
    public record Read(long count, int attachment) implements Command {}

    /**
     * A listener of a resumable request, in place of the one before.
     *
     * @param read what its client has read; null: nothing
     */
    public record Attach(
            ActorRef<ListenerMessage> listener, @Nullable ReadSoFar read) implements Command {}

    /** Ends the request with a failure. */
    public record Abort(FailureKind kind, String message) implements Command {}

    sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    private record Encoded(
            @Nullable ServedModel model,
            @Nullable TokenIds prompt,
            @Nullable Throwable failure) implements Internal {}

    /** The record is where it has to be; {@code holder} is the gateway that has a replica, or null where none has. */
    record Replicated(@Nullable String holder) implements Internal {}

    /** The tokens are to be told once more, from these numbers on for each choice. */
    record SendTokens(List<Integer> from) implements Internal {}

    record ListenerGone(ActorRef<ListenerMessage> listener) implements Internal {}

    private record Retry(int choice) implements Internal {}

    enum Signal implements Internal {
        BEGIN,
        TICK,
        DEADLINE,
        LIFE,
        /** Nobody has listened for the grace, or there is no room for the finished answer. */
        DROP,
        /** The request has a later owner. */
        SUPERSEDED,
        /** The gateway is cut off: the listener is to go elsewhere. */
        DETACH
    }

    /**
     * What one sequence begins with.
     *
     * @param epoch counts its owners
     * @param listener null: none yet, of a request that was taken over
     * @param gateway where its workers' tokens arrive
     * @param resumable null: the request ends with its listener
     * @param registry keeps the resumable ones
     */
    record Start(
            String sequence,
            long epoch,
            GenerationRequest request,
            @Nullable ActorRef<ListenerMessage> listener,
            ActorRef<Gateway.Command> gateway,
            @Nullable ResumableStart resumable,
            ActorRef<Resumables.Command> registry) {}

    /**
     * What every sequence of a node shares.
     *
     * @param maxUnread events that a listener may leave unread
     * @param maxTokens prompt and output of a request at most: what {@link AttemptSize} lets through
     * @param convictions of requests that are refused at once
     * @param seeds for requests that give none
     * @param tokenizing runs the tokenizer; not the actors' dispatcher
     * @param nanoClock of deadlines
     */
    public record Shared(
            ServedModels models,
            SequenceSettings settings,
            int maxUnread,
            int maxTokens,
            Convictions convictions,
            LongSupplier seeds,
            Executor tokenizing,
            LongSupplier nanoClock) {}

    private final Shared shared;
    private final Start start;
    private final TimerScheduler<Command> timers;
    private final Map<WorkerId, ActorRef<Batcher.Command>> batchers = new HashMap<>();
    private final long startedNanos;
    private final long deadlineNanos;
    /** By waiting it may come to a better one than the request's. */
    private int priority;

    private final CurrentListener listener;
    /** What the listener's client had read when it came; null: nothing. */
    private @Nullable ReadSoFar read;

    private @Nullable Running running;

    /** What is known once the prompt has been tokenized. */
    private record Running(SequenceState state, TokenIds prompt, SamplingParams sampling, long seed) {}

    static Behavior<Command> create(Shared shared, Start start) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            context.getSelf().tell(Signal.BEGIN);
            return new Sequence(context, timers, shared, start);
        }));
    }

    private Sequence(ActorContext<Command> context, TimerScheduler<Command> timers, Shared shared, Start start) {
        super(context);
        this.timers = timers;
        this.shared = shared;
        this.start = start;
        priority = start.request().priority();
        startedNanos = shared.nanoClock().getAsLong();
        deadlineNanos = startedNanos + timeout().toNanos();
        ResumableStart resumable = start.resumable();
        read = resumable == null ? null : resumable.read();
        listener = new CurrentListener(
                context,
                timers,
                start.sequence(),
                resumable == null ? null : resumable.resumption().grace());
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        Running now = running;
        return now == null ? beforeTokens(command) : perform(now, effects(now, command));
    }

    private Behavior<Command> beforeTokens(Command command) {
        return switch (command) {
            case Signal.BEGIN -> begin();
            case Encoded encoded -> onEncoded(encoded);
            case Attach attach -> {
                listener.attach(attach.listener());
                read = attach.read();
                yield this;
            }
            case ListenerGone(var gone) -> listener.detach(gone) && start.resumable() == null ? ended() : this;
            case Abort(var kind, var message) -> refuse(kind, message);
            case Signal.DEADLINE -> refuse(FailureKind.DEADLINE, deadlineMessage());
            case Signal.LIFE -> {
                listener.signOfLife(0);
                yield this;
            }
            case Signal.DROP -> ended();
            case Signal.SUPERSEDED -> refuse(FailureKind.MOVED, "the request goes on at another gateway");
            case Signal.DETACH -> {
                listener.sendElsewhere();
                yield this;
            }
            default -> this;
        };
    }

    private List<SequenceEffect> effects(Running now, Command command) {
        SequenceState state = now.state();
        return switch (command) {
            case Selected(var attempt, var selection, var numericsId, var batcher, var reached, var claim) -> {
                batchers.put(selection.worker(), batcher);
                priority = Math.min(priority, reached);
                yield state.onSelected(attempt, selection, numericsId, claim);
            }
            case NoWorker(var attempt) -> state.onNoWorker(attempt);
            case Admitted(var attempt, var admission) -> {
                start.gateway().tell(new Gateway.Settled(attempt));
                yield state.onAdmission(attempt, admission);
            }
            case Progress(var worker, var events) -> state.onEvents(worker, events);
            case Reserved(var attempt, var granted) -> state.onReserved(attempt, granted);
            case Dropped(var attempt) -> state.onDropped(attempt);
            case WorkerLost(var worker, var cause) -> state.onWorkerLost(worker, cause);
            case Verdict(var worker, var cause, var sole) -> state.onVerdict(worker, cause, sole);
            case Read(var count, var attachment) -> state.onRead(attachment, count);
            case Attach attach -> onAttach(state, attach);
            case ListenerGone(var gone) -> {
                if (!listener.detach(gone)) {
                    yield List.of();
                }
                yield start.resumable() == null ? state.onAbandoned() : state.onDetached();
            }
            case Replicated(var holder) -> {
                log(Level.DEBUG).addKeyValue("holder", holder).log("the request's answer begins");
                yield state.onReplicated();
            }
            case SendTokens(var from) -> state.onSendTokens(from);
            case Abort(var kind, var message) -> state.onAbort(kind, message);
            case Retry(var choice) -> state.onRetry(choice);
            case Signal.TICK -> state.onTick();
            case Signal.DEADLINE -> state.onAbort(FailureKind.DEADLINE, deadlineMessage());
            case Signal.LIFE -> {
                listener.signOfLife(state.sent());
                yield List.of();
            }
            case Signal.DROP -> {
                listener.drop();
                // A client that reads the finished answer just now may do so to its end.
                yield listener.isPresent() ? List.of() : state.onAbandoned();
            }
            case Signal.SUPERSEDED -> state.onSuperseded();
            case Signal.DETACH -> {
                listener.sendElsewhere();
                yield state.onDetached();
            }
            case Signal.BEGIN -> List.of();
            case Encoded ignored -> List.of();
        };
    }

    private Behavior<Command> begin() {
        ActorContext<Command> context = getContext();
        timers.startSingleTimer(Signal.DEADLINE, timeout());
        ResumableStart resumable = start.resumable();
        if (resumable != null) {
            start.registry()
                    .tell(new Resumables.Begun(
                            resumable.resumption(),
                            start.sequence(),
                            start.epoch(),
                            start.listener(),
                            context.getSelf()));
            timers.startTimerWithFixedDelay(Signal.LIFE, SignOfLife.INTERVAL);
            listener.startGrace();
        }
        if (start.listener() != null) {
            listener.attach(start.listener());
        }
        Prompt prompt = start.request().prompt();
        String name = start.request().model();
        var model = shared.models().find(name).orElse(null);
        if (model == null) {
            return refuse(FailureKind.NOT_DEPLOYED, notDeployed(name));
        }
        Executor tokenizing = prompt instanceof Prompt.Tokens ? Runnable::run : shared.tokenizing();
        context.pipeToSelf(
                model.thenApplyAsync(found -> new Encoded(found, found.codec().encode(prompt), null), tokenizing),
                (encoded, failure) -> failure == null ? encoded : new Encoded(null, null, failure));
        return this;
    }

    private List<SequenceEffect> onAttach(SequenceState state, Attach attach) {
        SequenceEvent.Failed refusal = state.refusal(attach.read()).orElse(null);
        if (refusal != null) {
            attach.listener().tell(refusal);
            return List.of();
        }
        listener.attach(attach.listener());
        return state.onAttached(attach.read());
    }

    private Behavior<Command> onEncoded(Encoded encoded) {
        TokenIds prompt = encoded.prompt();
        ServedModel model = encoded.model();
        if (prompt == null || model == null) {
            Throwable failure =
                    encoded.failure() instanceof CompletionException wrapper ? wrapper.getCause() : encoded.failure();
            if (failure instanceof PromptException refused) {
                return refuse(FailureKind.INVALID, String.valueOf(refused.getMessage()));
            }
            log(Level.ERROR).setCause(failure).log("tokenizing the prompt failed");
            return refuse(FailureKind.INTERNAL, "tokenizing the prompt failed");
        }
        GenerationRequest request = start.request();
        PromptCheck check = new PromptCheck(shared.maxTokens(), shared.convictions());
        SequenceEvent.Failed refusal =
                check.refusal(start.sequence(), request, prompt, model).orElse(null);
        if (refusal != null) {
            return refuse(refusal);
        }
        SamplingParams sampling = request.resolve(prompt.size(), check.mostTokens(model));
        SequenceEvent.Accepted accepted = new SequenceEvent.Accepted(
                start.sequence(),
                prompt,
                shared.nanoClock().getAsLong() - startedNanos,
                getContext().getSelf(),
                Math.max(1, shared.maxUnread() / 4),
                null);
        long seed = request.seed() == null ? shared.seeds().getAsLong() : request.seed();
        SequenceState state = new SequenceState(
                accepted, start.epoch(), request, sampling, model, shared.maxUnread(), start.resumable(), seed);
        Running now = new Running(state, prompt, sampling, seed);
        running = now;
        // Not dividedBy, which reckons with numbers of any size.
        timers.startTimerWithFixedDelay(
                Signal.TICK, Duration.ofNanos(shared.settings().silenceLimit().toNanos() / 4));
        if (listener.isPresent()) {
            // A log without a listener sends nothing; a plain request has no such thing.
            perform(now, state.onAttached(read));
        }
        return perform(now, state.begin());
    }

    private Behavior<Command> perform(Running now, List<SequenceEffect> effects) {
        boolean end = false;
        for (SequenceEffect effect : effects) {
            switch (effect) {
                case SequenceEffect.Emit(var event) -> listener.tell(event);
                case SequenceEffect.EmitLogged(var event) -> listener.tell(event);
                case SequenceEffect.Lost(var attempt) ->
                    log(Level.INFO)
                            .addKeyValue("choice", attempt.choice())
                            .addKeyValue("attempt", attempt.attempt())
                            .log("an attempt is lost, another one follows");
                case SequenceEffect.Select(var attempt, var tokens, var numericsId, var avoid, var isolated) ->
                    start.gateway()
                            .tell(new Gateway.Select(
                                    new WorkerSelector.Demand(
                                            attempt,
                                            start.request().model(),
                                            tokens,
                                            start.request().cacheSalt(),
                                            numericsId,
                                            avoid),
                                    start.request().tenant(),
                                    priority,
                                    now.sampling().maxTokens(),
                                    isolated,
                                    getContext().getSelf()));
                case SequenceEffect.Reserve(var worker, var attempt, var claim) ->
                    send(
                            worker,
                            new Batcher.Reserve(attempt, claim, getContext().getSelf()));
                case SequenceEffect.Rejoin() -> start.gateway().tell(new Gateway.Rejoined(start.sequence()));
                case SequenceEffect.Release(var worker) -> send(worker, new Batcher.Release(start.sequence()));
                case SequenceEffect.Convict() -> convict(now);
                case SequenceEffect.Submit(var worker, var attempt, var output) ->
                    send(worker, submission(now, attempt, output));
                case SequenceEffect.Settle(var attempt) -> start.gateway().tell(new Gateway.Settled(attempt));
                case SequenceEffect.Cancel(var worker, var attempt) -> {
                    start.gateway().tell(new Gateway.Settled(attempt));
                    send(worker, new Batcher.Cancel(attempt));
                }
                case SequenceEffect.Acknowledge(var worker, var attempt, var next) ->
                    send(worker, new Batcher.Acknowledge(attempt, next));
                case SequenceEffect.Resend(var worker, var attempt, var from) ->
                    send(worker, new Batcher.Resend(attempt, from, getContext().getSelf()));
                case SequenceEffect.RetryLater(var choice, var delay) -> {
                    Retry retry = new Retry(choice);
                    timers.startSingleTimer(retry, retry, delay);
                }
                case SequenceEffect.Replicate(var numericsId) -> replicate(now, numericsId);
                case SequenceEffect.Tail(var choice, var from, var tokens) ->
                    start.registry()
                            .tell(new Resumables.Progress(
                                    new TokenTail(start.sequence(), start.epoch(), choice, from, tokens)));
                case SequenceEffect.Finished(var bytes) -> {
                    timers.cancel(Signal.DEADLINE);
                    if (!now.state().hasReleased()) {
                        timers.cancel(Signal.TICK);
                    }
                    start.gateway()
                            .tell(new Gateway.SequenceEnded(
                                    start.sequence(), getContext().getSelf()));
                    start.registry()
                            .tell(new Resumables.Finished(
                                    start.sequence(), getContext().getSelf(), bytes));
                }
                case SequenceEffect.End() -> end = true;
            }
        }
        return end ? ended() : this;
    }

    private void replicate(Running now, String numericsId) {
        ResumableStart resumable = start.resumable();
        if (resumable != null) {
            GenerationRequest settled = start.request()
                    .settled(now.prompt(), now.sampling().maxTokens(), now.seed(), Duration.ofNanos(remainingNanos()));
            start.registry()
                    .tell(new Resumables.Accepted(new SequenceRecord(
                            start.sequence(), start.epoch(), settled, resumable.resumption(), numericsId)));
        }
    }

    private long remainingNanos() {
        return Math.max(0, deadlineNanos - shared.nanoClock().getAsLong());
    }

    private Batcher.Submit submission(Running now, AttemptKey attempt, TokenIds output) {
        GenerationRequest request = start.request();
        return new Batcher.Submit(
                attempt,
                request.tag(),
                now.prompt(),
                output,
                now.sampling(),
                now.seed(),
                priority,
                remainingNanos(),
                request.cacheSalt(),
                request.tenant(),
                getContext().getSelf(),
                start.gateway());
    }

    private void convict(Running now) {
        String fingerprint = Fingerprint.of(start.request(), now.prompt());
        log(Level.ERROR)
                .addKeyValue("fingerprint", fingerprint)
                .log("the request brings workers down; equal ones are refused for a while");
        shared.convictions()
                .found(new Convictions.Conviction(
                        fingerprint,
                        start.request().model(),
                        start.request().tag().id()));
    }

    private void send(WorkerId worker, Batcher.Command command) {
        ActorRef<Batcher.Command> batcher = batchers.get(worker);
        if (batcher != null) {
            batcher.tell(command);
        }
    }

    private Behavior<Command> refuse(FailureKind kind, String message) {
        return refuse(new SequenceEvent.Failed(start.sequence(), kind, message));
    }

    private Behavior<Command> refuse(SequenceEvent.Failed refusal) {
        listener.tell(refusal);
        return ended();
    }

    private Behavior<Command> ended() {
        start.gateway()
                .tell(new Gateway.SequenceEnded(start.sequence(), getContext().getSelf()));
        if (start.resumable() != null) {
            start.registry()
                    .tell(new Resumables.Ended(start.sequence(), getContext().getSelf()));
        }
        return Behaviors.stopped();
    }

    private LoggingEventBuilder log(Level level) {
        return start.request().tag().in(LOG.atLevel(level)).addKeyValue("sequence", start.sequence());
    }

    static String notDeployed(String model) {
        return "the model '" + model + "' is not deployed any more";
    }

    private Duration timeout() {
        Duration asked = start.request().timeout();
        return asked == null ? shared.settings().defaultDeadline() : asked;
    }

    private String deadlineMessage() {
        return "the request was not finished within its " + timeout().toMillis() + " ms";
    }
}
