package troupe.actors;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineRequest;
import troupe.engine.StepReport;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/**
 * A shell around one engine. Starts it, hands attempts to it and its events to the gateways of their sequences, and starts
 * another one when it dies or falls silent, as {@link EngineLifecycle} says.
 */
public final class Batcher extends AbstractBehavior<Batcher.Command> {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Submit.class, name = "submit"),
        @JsonSubTypes.Type(value = Cancel.class, name = "cancel"),
        @JsonSubTypes.Type(value = Acknowledge.class, name = "acknowledge"),
        @JsonSubTypes.Type(value = Resend.class, name = "resend"),
        @JsonSubTypes.Type(value = StepRead.class, name = "step-read"),
        @JsonSubTypes.Type(value = Stop.class, name = "stop")
    })
    public sealed interface Command extends CborSerializable {}

    /**
     * An attempt; answered by {@link Sequence.Admitted}. It ends with its owner.
     *
     * @param remainingNanos until the request's deadline: clocks differ between nodes
     * @param owner the sequence
     * @param gateway takes the attempt's events
     */
    public record Submit(
            AttemptKey attempt,
            TokenIds prompt,
            TokenIds output,
            SamplingParams sampling,
            long seed,
            int priority,
            long remainingNanos,
            String cacheSalt,
            ActorRef<Sequence.Command> owner,
            ActorRef<Gateway.Command> gateway)
            implements Command {}

    /** Ends an attempt without a further event; one that is not here is left alone. */
    public record Cancel(AttemptKey attempt) implements Command {}

    /** The owner has taken the attempt's events before {@code next}. */
    public record Acknowledge(AttemptKey attempt, int next) implements Command {}

    /** The owner misses the attempt's events from {@code from} on. */
    public record Resend(AttemptKey attempt, int from) implements Command {}

    /** A gateway has read its messages up to {@code number}. */
    public record StepRead(WorkerId worker, ActorRef<Gateway.Command> gateway, long number) implements Command {}

    /** Closes the engine and ends. */
    public record Stop(ActorRef<Stopped> replyTo) implements Command {}

    public record Stopped() implements CborSerializable {}

    sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    /** {@code underWay} is counted down when the report has been handled. */
    record Stepped(long incarnation, StepReport report, AtomicInteger underWay) implements Internal {}

    record EngineDied(long incarnation, Throwable cause) implements Internal {}

    private record EngineStarted(
            @Nullable EngineHandle engine, @Nullable Throwable failure) implements Internal {}

    private record OwnerGone(String sequence) implements Internal {}

    private record EngineClosed(ActorRef<Stopped> replyTo) implements Internal {}

    private enum Tick implements Internal {
        TICK
    }

    /**
     * What a batcher needs.
     *
     * @param name of the worker, unique in the cluster
     * @param blocking runs what may take long: starting and closing engines
     * @param nanoClock the engine's own
     * @param incarnations counts the worker's engines up, those of an actor that failed included
     * @param gateway hears of the worker from the beginning; others do once they have submitted something
     */
    public record Shared(
            String name,
            EngineFactory factory,
            StepObserver observer,
            Duration silenceLimit,
            Executor blocking,
            LongSupplier nanoClock,
            LongSupplier incarnations,
            ActorRef<Gateway.Command> gateway) {}

    private final Shared shared;
    private final EngineLifecycle life;
    private final Set<ActorRef<Gateway.Command>> gateways = new HashSet<>();
    private final Map<String, ActorRef<Sequence.Command>> owners = new HashMap<>();
    private AttemptLedger<ActorRef<Gateway.Command>> ledger = new AttemptLedger<>();
    private EngineRun run;
    /** The engine that is up. */
    private @Nullable EngineHandle engine;

    public static Behavior<Command> create(Shared shared) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, shared.silenceLimit().dividedBy(4));
            return new Batcher(context, shared);
        }));
    }

    private Batcher(ActorContext<Command> context, Shared shared) {
        super(context);
        this.shared = shared;
        context.setLoggerName(Batcher.class);
        gateways.add(shared.gateway());
        life = new EngineLifecycle(shared.name(), shared.silenceLimit(), shared.incarnations());
        run = start(CompletableFuture.completedFuture(null), new EngineLifecycle.Start(life.worker(), Duration.ZERO));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onAnyMessage(this::onCommand)
                .onSignal(PreRestart.class, signal -> onEnd())
                .onSignal(PostStop.class, signal -> onEnd())
                .build();
    }

    /** This actor's life is over: so is its engine's. */
    private Behavior<Command> onEnd() {
        if (!life.isClosed()) {
            if (life.isUp()) {
                sayDown("its actor ended");
            }
            life.close();
            engine = null;
            var ignored = run.close(CLOSE_PATIENCE);
        }
        return this;
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Submit submit -> onSubmit(submit);
            case Cancel(var attempt) -> cancel(attempt);
            case Acknowledge(var attempt, var next) -> {
                ledger.acknowledge(attempt, next);
                unwatchIfIdle(attempt.sequence());
            }
            case Resend(var attempt, var from) -> {
                ledger.resend(attempt, from);
                deliver();
            }
            case StepRead(var worker, var gateway, var number) -> {
                if (worker.equals(life.worker())) {
                    ledger.read(gateway, number);
                    deliver();
                }
            }
            case Stepped stepped -> onStepped(stepped);
            case EngineDied(var incarnation, var cause) -> {
                if (life.died(incarnation, cause)) {
                    onDeath(cause);
                }
            }
            case EngineStarted(var started, var failure) -> onStarted(started, failure);
            case OwnerGone(var sequence) -> ledger.of(sequence).forEach(this::cancel);
            case Tick.TICK -> onTick();
            case Stop(var replyTo) -> onStop(replyTo);
            case EngineClosed(var replyTo) -> {
                replyTo.tell(new Stopped());
                return Behaviors.stopped();
            }
        }
        return this;
    }

    private void onSubmit(Submit submit) {
        AttemptKey attempt = submit.attempt();
        gateways.add(submit.gateway());
        EngineHandle current = engine;
        Admission admission = switch (ledger.check(attempt)) {
            case KNOWN -> Admission.ACCEPTED;
            case SUPERSEDED -> Admission.CLOSED;
            case NEW -> current == null ? Admission.CLOSED : current.submit(request(submit));
        };
        if (admission == Admission.ACCEPTED && ledger.check(attempt) == AttemptLedger.Opening.NEW) {
            if (!ledger.hasRunning()) {
                life.gotWork(shared.nanoClock().getAsLong());
            }
            AttemptKey superseded = ledger.open(attempt, submit.gateway()).orElse(null);
            if (superseded != null && current != null) {
                current.cancel(superseded);
            }
            getContext().watchWith(submit.owner(), new OwnerGone(attempt.sequence()));
            owners.put(attempt.sequence(), submit.owner());
        }
        submit.owner().tell(new Sequence.Admitted(attempt, admission));
    }

    private EngineRequest request(Submit submit) {
        long now = shared.nanoClock().getAsLong();
        return new EngineRequest(
                submit.attempt(),
                submit.prompt(),
                submit.output(),
                submit.sampling(),
                submit.seed(),
                submit.priority(),
                now + submit.remainingNanos(),
                submit.cacheSalt());
    }

    private void cancel(AttemptKey attempt) {
        ledger.remove(attempt);
        EngineHandle current = engine;
        if (current != null) {
            current.cancel(attempt);
        }
        unwatchIfIdle(attempt.sequence());
    }

    private void unwatchIfIdle(String sequence) {
        if (ledger.of(sequence).isEmpty()) {
            ActorRef<Sequence.Command> owner = owners.remove(sequence);
            if (owner != null) {
                getContext().unwatch(owner);
            }
        }
    }

    private void onStepped(Stepped stepped) {
        stepped.underWay().decrementAndGet();
        if (!life.isUp(stepped.incarnation())) {
            return;
        }
        StepReport report = stepped.report();
        life.stepped(report.stats(), shared.nanoClock().getAsLong());
        shared.observer().onStep(shared.name(), report);
        ledger.record(report.events()).forEach(this::cancel);
        deliver();
    }

    private void deliver() {
        life.stats().ifPresent(stats -> {
            for (var delivery : ledger.deliveries()) {
                delivery.destination()
                        .tell(new Gateway.StepTokens(
                                life.worker(),
                                delivery.number(),
                                delivery.events(),
                                stats,
                                getContext().getSelf()));
            }
        });
    }

    private void onStarted(@Nullable EngineHandle handle, @Nullable Throwable failure) {
        if (life.isClosed()) {
            return;
        }
        if (handle == null) {
            life.worker().in(log().atError()).setCause(failure).log("the engine did not start, another one will be");
            replace();
            return;
        }
        engine = handle;
        life.started(handle.stats(), shared.nanoClock().getAsLong())
                .ifPresentOrElse(this::onDeath, () -> announce(handle));
    }

    private void onDeath(Throwable cause) {
        life.worker().in(log().atError()).setCause(cause).log("the engine died, another one is started");
        engine = null;
        owners.values().forEach(owner -> getContext().unwatch(owner));
        owners.clear();
        ledger = new AttemptLedger<>();
        sayDown(String.valueOf(cause));
        replace();
    }

    /** Closes the engine's remains and starts the next one. */
    private void replace() {
        // A dead engine closes at once; one that hangs gets no more patience than it has had.
        life.replace().ifPresent(next -> run = start(run.close(shared.silenceLimit()), next));
    }

    private EngineRun start(CompletableFuture<Void> after, EngineLifecycle.Start next) {
        StepForwarder listener =
                new StepForwarder(getContext().getSelf(), next.worker().incarnation());
        EngineRun started =
                EngineRun.start(after, next.pause(), () -> shared.factory().start(listener), shared.blocking());
        getContext().pipeToSelf(started.started(), EngineStarted::new);
        return started;
    }

    private void announce(EngineHandle handle) {
        for (ActorRef<Gateway.Command> gateway : gateways) {
            gateway.tell(new Gateway.WorkerUp(
                    life.worker(), handle.info(), getContext().getSelf()));
            life.stats().ifPresent(stats -> gateway.tell(new Gateway.WorkerLoad(life.worker(), stats)));
        }
    }

    private void sayDown(String cause) {
        for (ActorRef<Gateway.Command> gateway : gateways) {
            gateway.tell(new Gateway.WorkerDown(life.worker(), cause));
        }
    }

    private void onTick() {
        EngineHandle current = engine;
        if (current != null) {
            life.silence(ledger.hasRunning(), shared.nanoClock().getAsLong()).ifPresentOrElse(this::onDeath, () -> {
                ledger.tick();
                deliver();
                announce(current);
            });
        }
    }

    private void onStop(ActorRef<Stopped> replyTo) {
        life.close();
        engine = null;
        getContext().pipeToSelf(run.close(CLOSE_PATIENCE), (done, failure) -> new EngineClosed(replyTo));
    }

    private Logger log() {
        return getContext().getLog();
    }
}
