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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import troupe.conf.SequenceSettings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/**
 * Owns one request from its acceptance to its terminal event: tokenizes the prompt, submits attempts to batchers, and
 * carries out what {@link SequenceState} decides. Ends itself after the terminal event, and when its listener ends.
 */
public final class Sequence extends AbstractBehavior<Sequence.Command> {
    private static final Duration RETRY_DELAY = Duration.ofMillis(50);

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Start.class, name = "start"),
        @JsonSubTypes.Type(value = Selected.class, name = "selected"),
        @JsonSubTypes.Type(value = NoWorker.class, name = "no-worker"),
        @JsonSubTypes.Type(value = Admitted.class, name = "admitted"),
        @JsonSubTypes.Type(value = Progress.class, name = "progress"),
        @JsonSubTypes.Type(value = WorkerLost.class, name = "worker-lost"),
        @JsonSubTypes.Type(value = Read.class, name = "read"),
        @JsonSubTypes.Type(value = Abort.class, name = "abort")
    })
    public sealed interface Command extends CborSerializable {}

    /**
     * The first message. {@code epoch} counts the owners of the sequence; {@code gateway} is where its workers' tokens
     * arrive.
     */
    public record Start(
            String sequence,
            long epoch,
            GenerationRequest request,
            ActorRef<SequenceEvent> listener,
            ActorRef<Gateway.Command> gateway)
            implements Command {}

    /** The gateway chose a worker. */
    public record Selected(
            AttemptKey attempt,
            WorkerSelector.Selection selection,
            String numericsId,
            ActorRef<Batcher.Command> batcher)
            implements Command {}

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

    /** The worker's engine is gone, or silent for too long. */
    public record WorkerLost(WorkerId worker) implements Command {}

    /** The listener has read the first {@code count} events. */
    public record Read(long count) implements Command {}

    /** Ends the request with a failure. */
    public record Abort(FailureKind kind, String message) implements Command {}

    private sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    private record Encoded(
            ServedModel model,
            @Nullable TokenIds prompt,
            @Nullable Throwable failure) implements Internal {}

    private record Retry(int choice) implements Internal {}

    private enum Signal implements Internal {
        TICK,
        DEADLINE,
        LISTENER_GONE
    }

    /**
     * What every sequence of a node shares.
     *
     * @param maxUnread events that a listener may leave unread
     * @param maxTokens prompt and output of a request at most: what {@link AttemptSize} lets through
     * @param seeds for requests that give none
     * @param tokenizing runs the tokenizer; not the actors' dispatcher
     * @param nanoClock of deadlines
     */
    public record Shared(
            ServedModels models,
            SequenceSettings settings,
            int maxUnread,
            int maxTokens,
            LongSupplier seeds,
            Executor tokenizing,
            LongSupplier nanoClock) {}

    private final Shared shared;
    private final TimerScheduler<Command> timers;
    private final Map<WorkerId, ActorRef<Batcher.Command>> batchers = new HashMap<>();
    private @Nullable Start start;
    private @Nullable Running running;

    /** What is known once the prompt has been tokenized. */
    private record Running(SequenceState state, TokenIds prompt, SamplingParams sampling, long seed) {}

    private long startedNanos;
    private long deadlineNanos;

    /** An entity that waits for its {@link Start}. */
    public static Behavior<Command> create(Shared shared) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new Sequence(context, timers, shared)));
    }

    private Sequence(ActorContext<Command> context, TimerScheduler<Command> timers, Shared shared) {
        super(context);
        this.timers = timers;
        this.shared = shared;
        context.setLoggerName(Sequence.class);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        if (command instanceof Start first) {
            return onStart(first);
        }
        Start begun = start;
        if (begun == null) {
            // A message for a request that has ended woke the entity up again.
            return Behaviors.stopped();
        }
        if (command instanceof Encoded encoded) {
            return onEncoded(begun, encoded);
        }
        Running now = running;
        if (now == null) {
            return beforeTokens(begun, command);
        }
        SequenceState state = now.state();
        List<SequenceEffect> effects = switch (command) {
            case Selected(var attempt, var selection, var numericsId, var batcher) -> {
                batchers.put(selection.worker(), batcher);
                yield state.onSelected(attempt, selection, numericsId);
            }
            case NoWorker(var attempt) -> state.onNoWorker(attempt);
            case Admitted(var attempt, var admission) -> {
                begun.gateway().tell(new Gateway.Settled(attempt));
                yield state.onAdmission(attempt, admission);
            }
            case Progress(var worker, var events) -> state.onEvents(worker, events);
            case WorkerLost(var worker) -> state.onWorkerLost(worker);
            case Read(var count) -> state.onRead(count);
            case Abort(var kind, var message) -> state.onAbort(kind, message);
            case Retry(var choice) -> state.onRetry(choice);
            case Signal.TICK -> state.onTick();
            case Signal.DEADLINE -> state.onAbort(FailureKind.DEADLINE, deadlineMessage(begun));
            case Signal.LISTENER_GONE -> state.onAbandoned();
            case Start ignored -> List.of();
            case Encoded ignored -> List.of();
        };
        return perform(begun, now, effects);
    }

    private Behavior<Command> onStart(Start first) {
        if (start != null) {
            // Start is idempotent: it may be sent again when its acknowledgement is lost.
            return this;
        }
        start = first;
        ActorContext<Command> context = getContext();
        context.watchWith(first.listener(), Signal.LISTENER_GONE);
        first.gateway().tell(new Gateway.SequenceStarted(first.sequence(), context.getSelf()));
        Duration timeout = timeout(first);
        startedNanos = shared.nanoClock().getAsLong();
        deadlineNanos = startedNanos + timeout.toNanos();
        timers.startSingleTimer(Signal.DEADLINE, timeout);
        Prompt prompt = first.request().prompt();
        ServedModel model = shared.models().now(first.request().model()).orElse(null);
        if (model == null) {
            return refuse(
                    first, FailureKind.NOT_DEPLOYED, notDeployed(first.request().model()));
        }
        context.pipeToSelf(
                CompletableFuture.supplyAsync(() -> model.codec().encode(prompt), shared.tokenizing()),
                (tokens, failure) -> new Encoded(model, tokens, failure));
        return this;
    }

    private Behavior<Command> beforeTokens(Start begun, Command command) {
        return switch (command) {
            case Abort(var kind, var message) -> refuse(begun, kind, message);
            case Signal.DEADLINE -> refuse(begun, FailureKind.DEADLINE, deadlineMessage(begun));
            case Signal.LISTENER_GONE -> ended(begun);
            default -> this;
        };
    }

    private Behavior<Command> onEncoded(Start begun, Encoded encoded) {
        TokenIds prompt = encoded.prompt();
        if (prompt == null) {
            Throwable failure =
                    encoded.failure() instanceof CompletionException wrapper ? wrapper.getCause() : encoded.failure();
            if (failure instanceof PromptException refused) {
                return refuse(begun, FailureKind.INVALID, String.valueOf(refused.getMessage()));
            }
            log(begun, Level.ERROR).setCause(failure).log("tokenizing the prompt failed");
            return refuse(begun, FailureKind.INTERNAL, "tokenizing the prompt failed");
        }
        if (prompt.isEmpty()) {
            return refuse(begun, FailureKind.INVALID, "the prompt has no tokens");
        }
        GenerationRequest request = begun.request();
        int context = encoded.model().contextLength();
        int limit = Math.min(context, shared.maxTokens());
        int wanted = request.maxTokens() == null ? 1 : request.maxTokens();
        long needed = (long) prompt.size() + wanted;
        if (needed > limit) {
            String what = limit == context ? "the model's context is " : "the most that can be sent to a worker is ";
            return refuse(
                    begun,
                    FailureKind.TOO_LONG,
                    what + limit + " tokens, the request needs " + needed + ": " + prompt.size() + " of the prompt and "
                            + wanted + " of the output");
        }
        SamplingParams sampling = request.resolve(prompt.size(), limit);
        SequenceEvent.Accepted accepted = new SequenceEvent.Accepted(
                begun.sequence(),
                prompt,
                shared.nanoClock().getAsLong() - startedNanos,
                getContext().getSelf(),
                Math.max(1, shared.maxUnread() / 4));
        SequenceState state =
                new SequenceState(accepted, begun.epoch(), request, sampling, encoded.model(), shared.maxUnread());
        Long seed = request.seed();
        Running now = new Running(
                state, prompt, sampling, seed == null ? shared.seeds().getAsLong() : seed);
        running = now;
        timers.startTimerWithFixedDelay(
                Signal.TICK, shared.settings().silenceLimit().dividedBy(4));
        return perform(begun, now, state.begin());
    }

    private Behavior<Command> perform(Start begun, Running now, List<SequenceEffect> effects) {
        boolean end = false;
        for (SequenceEffect effect : effects) {
            switch (effect) {
                case SequenceEffect.Emit(var event) -> {
                    if (event instanceof SequenceEvent.Interrupted(var ignored, var choice, var attempt)) {
                        log(begun, Level.INFO)
                                .addKeyValue("choice", choice)
                                .addKeyValue("attempt", attempt)
                                .log("an attempt is lost, another one follows");
                    }
                    begun.listener().tell(event);
                }
                case SequenceEffect.Select(var attempt, var tokens, var numericsId, var avoid) ->
                    begun.gateway()
                            .tell(new Gateway.Select(
                                    new WorkerSelector.Demand(
                                            attempt,
                                            begun.request().model(),
                                            tokens,
                                            begun.request().cacheSalt(),
                                            numericsId,
                                            avoid),
                                    getContext().getSelf()));
                case SequenceEffect.Submit(var worker, var attempt, var output) ->
                    send(worker, submission(begun, now, attempt, output));
                case SequenceEffect.Cancel(var worker, var attempt) -> {
                    begun.gateway().tell(new Gateway.Settled(attempt));
                    send(worker, new Batcher.Cancel(attempt));
                }
                case SequenceEffect.Acknowledge(var worker, var attempt, var next) ->
                    send(worker, new Batcher.Acknowledge(attempt, next));
                case SequenceEffect.Resend(var worker, var attempt, var from) ->
                    send(worker, new Batcher.Resend(attempt, from));
                case SequenceEffect.RetryLater(var choice) -> {
                    Retry retry = new Retry(choice);
                    timers.startSingleTimer(retry, retry, RETRY_DELAY);
                }
                case SequenceEffect.End() -> end = true;
            }
        }
        return end ? ended(begun) : this;
    }

    private Batcher.Submit submission(Start begun, Running now, AttemptKey attempt, TokenIds output) {
        GenerationRequest request = begun.request();
        return new Batcher.Submit(
                attempt,
                request.tag(),
                now.prompt(),
                output,
                now.sampling(),
                now.seed(),
                request.priority(),
                Math.max(0, deadlineNanos - shared.nanoClock().getAsLong()),
                request.cacheSalt(),
                getContext().getSelf(),
                begun.gateway());
    }

    private void send(WorkerId worker, Batcher.Command command) {
        ActorRef<Batcher.Command> batcher = batchers.get(worker);
        if (batcher != null) {
            batcher.tell(command);
        }
    }

    private Behavior<Command> refuse(Start begun, FailureKind kind, String message) {
        begun.listener().tell(new SequenceEvent.Failed(begun.sequence(), kind, message));
        return ended(begun);
    }

    private Behavior<Command> ended(Start begun) {
        begun.gateway().tell(new Gateway.SequenceEnded(begun.sequence()));
        return Behaviors.stopped();
    }

    private LoggingEventBuilder log(Start begun, Level level) {
        return begun.request().tag().in(getContext().getLog().atLevel(level)).addKeyValue("sequence", begun.sequence());
    }

    static String notDeployed(String model) {
        return "the model '" + model + "' is not deployed any more";
    }

    private Duration timeout(Start begun) {
        Duration asked = begun.request().timeout();
        return asked == null ? shared.settings().defaultDeadline() : asked;
    }

    private String deadlineMessage(Start begun) {
        return "the request was not finished within its " + timeout(begun).toMillis() + " ms";
    }
}
