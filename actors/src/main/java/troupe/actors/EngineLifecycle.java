package troupe.actors;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import troupe.engine.EngineStats;

/**
 * When a worker's engine is started, taken for dead and replaced. No actors, no threads, no clock: times are passed in.
 *
 * <pre>
 * STARTING --started--> UP --died, or silent while it has work--> STARTING (the next incarnation, after a pause)
 *    | ^                 |
 *    | '-did not start-' |
 *    +-------------------+--close--> CLOSED
 * </pre>
 *
 * The pauses double from one start to the next until an engine makes a step. A death may be heard of before the start is
 * known to have succeeded: it counts once that is known.
 */
public final class EngineLifecycle {
    static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** An engine is to be started after a pause. */
    public record Start(WorkerId worker, Duration pause) {}

    private enum Phase {
        STARTING,
        UP,
        CLOSED
    }

    private final String name;
    private final Duration silenceLimit;
    private final LongSupplier incarnations;
    private Phase phase = Phase.STARTING;
    private WorkerId worker;
    private Duration pause = FIRST_PAUSE;
    private long lastStepNanos;
    /** Whether a further step is to come even if nobody waits for it. */
    private boolean busy;

    private @Nullable EngineStats stats;
    private @Nullable Throwable earlyDeath;

    /**
     * The first engine is to be started at once.
     *
     * @param silenceLimit how long an engine that has work may take for a step
     * @param incarnations counts the worker's engines up
     */
    public EngineLifecycle(String name, Duration silenceLimit, LongSupplier incarnations) {
        this.name = name;
        this.silenceLimit = silenceLimit;
        this.incarnations = incarnations;
        worker = next();
    }

    /** The engine that is up or is being started. */
    public WorkerId worker() {
        return worker;
    }

    public boolean isUp() {
        return phase == Phase.UP;
    }

    public boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    /** Whether {@code incarnation} is the engine that is up. */
    public boolean isUp(long incarnation) {
        return isUp() && worker.incarnation() == incarnation;
    }

    /** As of the last step of the engine that is up. */
    public Optional<EngineStats> stats() {
        return Optional.ofNullable(stats);
    }

    /** The engine runs; gives the reason if it has died meanwhile, and is to be replaced. */
    public Optional<Throwable> started(EngineStats first, long nowNanos) {
        if (phase != Phase.STARTING) {
            return Optional.empty();
        }
        phase = Phase.UP;
        stats = first;
        lastStepNanos = nowNanos;
        return Optional.ofNullable(earlyDeath);
    }

    /** An engine has died; whether it is the one that is up, and is to be replaced. */
    public boolean died(long incarnation, Throwable cause) {
        if (phase == Phase.STARTING && worker.incarnation() == incarnation) {
            earlyDeath = cause;
        }
        return isUp(incarnation);
    }

    /** The engine that is up has made a step. */
    public void stepped(EngineStats now, long nowNanos) {
        stats = now;
        busy = now.running() + now.waiting() > 0;
        lastStepNanos = nowNanos;
        pause = FIRST_PAUSE;
    }

    /** The engine that is up had nothing to do, and now has: no step was to be expected before. */
    public void gotWork(long nowNanos) {
        busy = true;
        lastStepNanos = nowNanos;
    }

    /**
     * Gives the reason if the engine that is up is taken for dead. One that hangs after all its attempts were cancelled is
     * found out before the next one comes to it.
     *
     * @param hasWork whether somebody waits for a step
     */
    public Optional<Throwable> silence(boolean hasWork, long nowNanos) {
        long silence = nowNanos - lastStepNanos;
        return isUp() && (hasWork || busy) && silence > silenceLimit.toNanos()
                ? Optional.of(new IllegalStateException(
                        "no step for " + silence / 1_000_000 + " ms while attempts are running"))
                : Optional.empty();
    }

    /** The engine did not start, or is dead: another one is to be started, unless all is over. */
    public Optional<Start> replace() {
        if (isClosed()) {
            return Optional.empty();
        }
        phase = Phase.STARTING;
        worker = next();
        stats = null;
        busy = false;
        earlyDeath = null;
        Start start = new Start(worker, pause);
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
        return Optional.of(start);
    }

    /** No engine is wanted any more. */
    public void close() {
        phase = Phase.CLOSED;
        stats = null;
    }

    private WorkerId next() {
        return new WorkerId(name, incarnations.getAsLong());
    }
}
