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
import akka.actor.typed.javadsl.TimerScheduler;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
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
        @JsonSubTypes.Type(value = Reserve.class, name = "reserve"),
        @JsonSubTypes.Type(value = Release.class, name = "release"),
        @JsonSubTypes.Type(value = Cancel.class, name = "cancel"),
        @JsonSubTypes.Type(value = Acknowledge.class, name = "acknowledge"),
        @JsonSubTypes.Type(value = Resend.class, name = "resend"),
        @JsonSubTypes.Type(value = StepRead.class, name = "step-read"),
        @JsonSubTypes.Type(value = SendCache.class, name = "send-cache"),
        @JsonSubTypes.Type(value = Registered.class, name = "registered"),
        @JsonSubTypes.Type(value = Unknown.class, name = "unknown"),
        @JsonSubTypes.Type(value = Refused.class, name = "refused"),
        @JsonSubTypes.Type(value = Stop.class, name = "stop")
    })
    public sealed interface Command extends CborSerializable {}

    /**
     * An attempt; answered by {@link Sequence.Admitted}. It ends with its owner.
     *
     * @param request that it belongs to, for the log
     * @param remainingNanos until the request's deadline: clocks differ between nodes
     * @param owner the sequence
     * @param gateway takes the attempt's events
     */
    public record Submit(
            AttemptKey attempt,
            RequestTag request,
            TokenIds prompt,
            TokenIds output,
            SamplingParams sampling,
            long seed,
            int priority,
            long remainingNanos,
            String cacheSalt,
            Tenant tenant,
            ActorRef<Sequence.Command> owner,
            ActorRef<Gateway.Command> gateway)
            implements Command {
        public Submit {
            // A gateway of the release before does not say.
            request = Objects.requireNonNullElse(request, RequestTag.UNKNOWN);
            tenant = Objects.requireNonNullElse(tenant, Tenant.NONE);
        }

        EngineRequest toEngine(long nowNanos) {
            return new EngineRequest(
                    attempt, prompt, output, sampling, seed, priority, nowNanos + remainingNanos, cacheSalt, tenant);
        }
    }

    /**
     * A suspect's attempt is to come, and wants the engine for itself; answered by {@link Sequence.Reserved}, and asked
     * again where that says no.
     *
     * @param claim to take in nothing else from now on
     */
    public record Reserve(AttemptKey attempt, boolean claim, ActorRef<Sequence.Command> owner) implements Command {}

    /** The sequence needs the engine for itself no more. */
    public record Release(String sequence) implements Command {}

    /** Ends an attempt without a further event; one that is not here is left alone. */
    public record Cancel(AttemptKey attempt) implements Command {}

    /** The owner has taken the attempt's events before {@code next}. */
    public record Acknowledge(AttemptKey attempt, int next) implements Command {}

    /**
     * The owner misses the attempt's events from {@code from} on, or wonders why none come. Where the attempt is not here the
     * owner, if it is told, hears so: by {@link Sequence.Admitted} if a later one is, by {@link Sequence.Dropped} otherwise.
     */
    public record Resend(
            AttemptKey attempt, int from, @Nullable ActorRef<Sequence.Command> owner) implements Command {}

    /** A gateway has read its messages up to {@code number}. */
    public record StepRead(WorkerId worker, ActorRef<Gateway.Command> gateway, long number) implements Command {}

    /** A gateway wants all that the engine's prefix cache holds; answered by {@link Gateway.CacheSnapshot}s. */
    public record SendCache(WorkerId worker, ActorRef<Gateway.Command> gateway) implements Command {}

    /** A gateway knows the worker now; {@code control}: where this process is to connect, or null. */
    public record Registered(WorkerId worker, @Nullable ControlAddress control, ActorRef<Gateway.Command> gateway)
            implements Command {}

    /** A gateway does not know the worker, or no longer. */
    public record Unknown(WorkerId worker, ActorRef<Gateway.Command> gateway) implements Command {}

    /** A gateway does not take the worker, and why; it may ask again. */
    public record Refused(WorkerId worker, String reason) implements Command {}

    /** Closes the engine and ends. */
    public record Stop(ActorRef<Stopped> replyTo) implements Command {}

    public record Stopped(String worker) implements CborSerializable {}

    public sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    /** {@code underWay} is counted down when the report has been handled. */
    record Stepped(long incarnation, StepReport report, AtomicInteger underWay) implements Internal {}

    record EngineDied(long incarnation, DeathCause kind, Throwable cause) implements Internal {}

    private record EngineStarted(
            @Nullable EngineHandle engine, @Nullable Throwable failure) implements Internal {}

    /** The gateways of the cluster, as the worker's node knows them. */
    public record Gateways(Set<ActorRef<Gateway.Command>> gateways) implements Internal {
        public Gateways {
            gateways = Set.copyOf(gateways);
        }
    }

    /**
     * Takes nothing new; what runs goes on for {@code handOverAfter}, then other workers take it over. Closes the engine,
     * answers and ends when nothing is left.
     */
    public record Drain(Duration handOverAfter, ActorRef<Stopped> replyTo) implements Internal {}

    /** How it stands with the worker. */
    public record GetState(ActorRef<State> replyTo) implements Internal {}

    /**
     * How it stands with a worker.
     *
     * @param stats null while its engine starts
     * @param failure why its engine did not start, or the last one died; null once one is up
     */
    public record State(
            WorkerId worker,
            @Nullable EngineStats stats,
            boolean draining,
            @Nullable String failure) implements NoSerializationVerificationNeeded {}

    record OwnerGone(EngineAttempts.Owner owner) implements Internal {}

    private record EngineClosed(ActorRef<Stopped> replyTo) implements Internal {}

    private enum Tick implements Internal {
        TICK,
        HEARTBEAT,
        HAND_OVER
    }

    /**
     * What a batcher needs.
     *
     * @param name of the worker, unique in the cluster
     * @param process that its engines are in
     * @param control is told where gateways take control connections, again and again
     * @param model that its engine runs
     * @param protocol that it speaks
     * @param silenceLimit of an engine that has work
     * @param heartbeatInterval how often the gateways hear of the worker
     * @param blocking runs what may take long: starting and closing engines
     * @param nanoClock the engine's own
     * @param incarnations counts the worker's engines up, those of an actor that failed included
     * @param gateways that are known at the beginning
     */
    public record Shared(
            String name,
            ProcessId process,
            Consumer<ControlAddress> control,
            ModelId model,
            Protocol protocol,
            EngineFactory factory,
            StepObserver observer,
            Duration silenceLimit,
            Duration heartbeatInterval,
            Executor blocking,
            LongSupplier nanoClock,
            LongSupplier incarnations,
            Set<ActorRef<Gateway.Command>> gateways) {}

    private final Shared shared;
    private final EngineLifecycle life;
    private final TimerScheduler<Command> timers;
    private final WorkerNews news;

    private final EngineAttempts attempts;
    private EngineRun run;
    /** The engine that is up. */
    private @Nullable EngineHandle engine;

    private @Nullable String failure;
    private @Nullable String refusal;
    private @Nullable ActorRef<Stopped> drainedTo;

    public static Behavior<Command> create(Shared shared) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, shared.silenceLimit().dividedBy(4));
            timers.startTimerWithFixedDelay(Tick.HEARTBEAT, shared.heartbeatInterval());
            return new Batcher(context, timers, shared);
        }));
    }

    private Batcher(ActorContext<Command> context, TimerScheduler<Command> timers, Shared shared) {
        super(context);
        this.timers = timers;
        this.shared = shared;
        context.setLoggerName(Batcher.class);
        news = new WorkerNews(
                shared.protocol(), shared.model(), shared.process(), context.getSelf(), shared.gateways());
        attempts = new EngineAttempts(context, new AttemptLog(shared.name(), shared.nanoClock()), this::cancelAtEngine);
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
                news.down(life.worker(), DeathCause.OTHER, "its actor ended");
                attempts.lost("its actor ended");
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
            case Reserve reserve -> onReserve(reserve);
            case Release(var sequence) -> attempts.release(sequence);
            case Cancel(var attempt) -> attempts.cancel(attempt);
            case Acknowledge(var attempt, var next) -> attempts.acknowledge(attempt, next);
            case Resend(var attempt, var from, var owner) -> {
                attempts.resend(attempt, from, owner);
                deliver();
            }
            case StepRead(var worker, var gateway, var number) -> {
                if (worker.equals(life.worker())) {
                    attempts.read(gateway, number);
                    deliver();
                }
            }
            case Stepped stepped -> onStepped(stepped);
            case EngineDied(var incarnation, var kind, var cause) -> {
                if (life.died(incarnation, cause)) {
                    onDeath(kind, cause);
                }
            }
            case EngineStarted(var started, var failure) -> onStarted(started, failure);
            case OwnerGone(var owner) -> attempts.ownerGone(owner);
            case SendCache(var worker, var gateway) -> {
                if (worker.equals(life.worker())) {
                    news.sendCache(worker, gateway);
                }
            }
            case Registered(var worker, var control, var gateway) -> {
                if (worker.equals(life.worker())) {
                    news.registered(gateway, up(), life.stats());
                    refusal = null;
                    if (control != null) {
                        shared.control().accept(control);
                    }
                }
            }
            case Unknown(var worker, var gateway) -> {
                if (worker.equals(life.worker())) {
                    news.unknown(gateway, up());
                }
            }
            case Refused(var worker, var reason) -> {
                if (!reason.equals(refusal)) {
                    refusal = reason;
                    worker.in(log().atError()).log("a gateway refuses this worker: {}", reason);
                }
            }
            case Gateways(var known) -> news.replace(known, up()).forEach(attempts::forget);
            case GetState(var replyTo) ->
                replyTo.tell(new State(life.worker(), life.stats().orElse(null), drainedTo != null, failure));
            case Tick.TICK -> onTick();
            case Tick.HEARTBEAT -> onHeartbeat();
            case Drain drain -> onDrain(drain);
            case Tick.HAND_OVER -> handOver();
            case Stop(var replyTo) -> onStop(replyTo);
            case EngineClosed(var replyTo) -> {
                replyTo.tell(new Stopped(shared.name()));
                return Behaviors.stopped();
            }
        }
        return this;
    }

    private void onSubmit(Submit submit) {
        news.add(submit.gateway());
        attempts.submit(submit, this::give);
    }

    private Admission give(Submit submit) {
        EngineHandle current = engine;
        if (current == null || drainedTo != null) {
            return Admission.CLOSED;
        }
        Admission admission = current.submit(submit.toEngine(shared.nanoClock().getAsLong()));
        if (admission == Admission.ACCEPTED && !attempts.hasRunning()) {
            life.gotWork(shared.nanoClock().getAsLong());
        }
        return admission;
    }

    private void onReserve(Reserve reserve) {
        boolean granted = false;
        if (engine != null && drainedTo == null) {
            boolean idle = life.stats()
                    .filter(stats -> stats.running() + stats.waiting() == 0)
                    .isPresent();
            granted = attempts.reserve(reserve, idle);
        }
        reserve.owner().tell(new Sequence.Reserved(reserve.attempt(), granted));
    }

    private void cancelAtEngine(AttemptKey attempt) {
        EngineHandle current = engine;
        if (current != null) {
            current.cancel(attempt);
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
        attempts.stepped(report.events());
        deliver();
        news.cacheChanged(life.worker(), report.cache());
    }

    private void deliver() {
        life.stats().ifPresent(stats -> {
            for (var delivery : attempts.deliveries()) {
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

    private void onStarted(@Nullable EngineHandle handle, @Nullable Throwable problem) {
        if (life.isClosed()) {
            return;
        }
        if (handle == null) {
            life.worker().in(log().atError()).setCause(problem).log("the engine did not start, another one will be");
            failure = String.valueOf(problem);
            replace();
            return;
        }
        engine = handle;
        failure = null;
        life.started(handle.stats(), shared.nanoClock().getAsLong())
                .ifPresentOrElse(cause -> onDeath(DeathCause.ofFailure(cause), cause), this::onHeartbeat);
    }

    private void onDeath(DeathCause kind, Throwable cause) {
        life.worker().in(log().atError()).setCause(cause).log("the engine died, another one is started");
        engine = null;
        failure = String.valueOf(cause);
        attempts.lost(failure);
        news.down(life.worker(), kind, failure);
        replace();
    }

    /** Closes the engine's remains and starts the next one. */
    private void replace() {
        // A dead engine closes at once. For one that hangs the next one waits: there are never two on a device.
        life.replace().ifPresent(next -> run = start(run.closed(), next));
    }

    private EngineRun start(CompletableFuture<Void> after, EngineLifecycle.Start next) {
        StepForwarder listener =
                new StepForwarder(getContext().getSelf(), next.worker().incarnation());
        EngineRun started =
                EngineRun.start(after, next.pause(), () -> shared.factory().start(listener), shared.blocking());
        getContext().pipeToSelf(started.started(), EngineStarted::new);
        return started;
    }

    /** The engine that is up, or null. */
    private WorkerNews.@Nullable Engine up() {
        EngineHandle current = engine;
        return current == null
                ? null
                : new WorkerNews.Engine(life.worker(), current.info(), current.maxSequences(), drainedTo != null);
    }

    private void onHeartbeat() {
        WorkerNews.Engine current = up();
        if (current != null) {
            life.stats().ifPresent(stats -> news.heartbeat(current, stats));
        }
        if (drainedTo != null && (engine == null || attempts.isEmpty())) {
            handOver();
        }
    }

    private void onDrain(Drain drain) {
        if (drainedTo != null || life.isClosed()) {
            return;
        }
        drainedTo = drain.replyTo();
        timers.startSingleTimer(Tick.HAND_OVER, drain.handOverAfter());
        onHeartbeat();
    }

    /** What is left goes on at other workers. */
    private void handOver() {
        ActorRef<Stopped> replyTo = drainedTo;
        if (replyTo != null && !life.isClosed()) {
            news.down(life.worker(), DeathCause.HANDED_OVER, "drained");
            onStop(replyTo);
        }
    }

    private void onTick() {
        EngineHandle current = engine;
        if (current != null) {
            life.silence(attempts.hasRunning(), shared.nanoClock().getAsLong())
                    .ifPresentOrElse(cause -> onDeath(DeathCause.HUNG, cause), () -> {
                        attempts.tick();
                        deliver();
                    });
        }
    }

    private void onStop(ActorRef<Stopped> replyTo) {
        life.close();
        engine = null;
        attempts.handedOver();
        getContext().pipeToSelf(run.close(CLOSE_PATIENCE), (done, failure) -> new EngineClosed(replyTo));
    }

    private Logger log() {
        return getContext().getLog();
    }
}
