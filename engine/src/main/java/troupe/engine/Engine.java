package troupe.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.conf.EngineSettings;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepProfile;
import troupe.engine.executor.StepProfile.Phase;
import troupe.engine.executor.StepResult;
import troupe.engine.scheduler.Scheduler;
import troupe.engine.scheduler.SchedulerLimits;

/**
 * One thread around one model replica: {@code schedule -> submit -> commit}. All methods may be called from any thread
 * and none but {@link #close} waits. The listener hears of everything on the engine's thread.
 *
 * <pre>
 *   running --drain--> draining --all finished, or time is up--> closed
 *      |  '------------close--------------------------------------^
 *      '--fault of scheduler, executor or listener--> dead
 * </pre>
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final String name;
    private final ModelExecutor executor;
    private final EngineListener listener;
    private final LongSupplier nanoClock;
    private final StepProfile profile;
    private final Scheduler scheduler;
    private final SpeedMeter speed = new SpeedMeter();
    private final Inbox inbox;
    private final Thread thread;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile EngineStats stats;

    private Engine(
            String name,
            ModelExecutor executor,
            EngineSettings settings,
            LongSupplier nanoClock,
            StepProfile profile,
            EngineListener listener) {
        this.name = name;
        this.profile = profile;
        this.executor = executor;
        this.listener = listener;
        this.nanoClock = nanoClock;
        scheduler =
                new Scheduler(executor.info(), new SchedulerLimits(settings.maxStepTokens(), settings.maxSequences()));
        inbox = new Inbox(settings.maxWaiting());
        stats = scheduler.stats();
        thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    /**
     * Starts an engine. It owns the executor from now on: uses it on its own thread only, and closes it at its end.
     *
     * @param name of the thread
     * @param nanoClock the clock of deadlines, waiting times and step times, nanos
     */
    public static Engine start(
            String name,
            ModelExecutor executor,
            EngineSettings settings,
            LongSupplier nanoClock,
            EngineListener listener) {
        return start(name, executor, settings, nanoClock, StepProfile.off(), listener);
    }

    /** As {@link #start(String, ModelExecutor, EngineSettings, LongSupplier, EngineListener)}, profiled. */
    public static Engine start(
            String name,
            ModelExecutor executor,
            EngineSettings settings,
            LongSupplier nanoClock,
            StepProfile profile,
            EngineListener listener) {
        Engine engine = new Engine(name, executor, settings, nanoClock, profile, listener);
        engine.thread.start();
        return engine;
    }

    /**
     * Offers an attempt. Repeating the key of a live attempt is the same attempt. A later (epoch, attempt) for the same
     * sequence and choice supersedes an earlier one, which gets {@link EngineEvent.Cancelled}.
     */
    public Admission submit(EngineRequest request) {
        return inbox.offer(request);
    }

    /** Ends an attempt before the next step; does nothing if it is not live. */
    public void cancel(AttemptKey key) {
        inbox.cancel(key);
    }

    /** As of the last step. */
    public EngineStats stats() {
        return stats;
    }

    /**
     * Refuses new attempts, finishes the accepted ones as far as {@code limit} allows, fails the others with CLOSED, and
     * ends. A shorter limit replaces a longer one.
     *
     * @return completes when the engine has ended, by this or otherwise, and the executor is closed
     */
    public CompletionStage<Void> drain(Duration limit) {
        inbox.drain(nanoClock.getAsLong() + limit.toNanos());
        return ended.minimalCompletionStage();
    }

    /** Stops after the step in flight; every attempt gets Failed with CLOSED. Waits for the end of the thread. */
    @Override
    public void close() {
        inbox.stop();
        if (Thread.currentThread() != thread) {
            ended.join();
        }
    }

    private void run() {
        try {
            loop();
        } catch (Throwable cause) {
            inbox.stop();
            die(cause);
        } finally {
            closeExecutor();
            ended.complete(null);
        }
    }

    private void loop() {
        while (true) {
            boolean idle = !scheduler.hasWork();
            Inbox.Mail mail = inbox.take(idle);
            if (idle) {
                profile.restart();
            }
            long begin = nanoClock.getAsLong();
            mail.requests().forEach(request -> scheduler.add(request, begin));
            mail.cancellations().forEach(scheduler::cancel);
            if (isOver(mail, begin)) {
                scheduler.closeAll();
                report(Optional.empty(), begin);
                return;
            }
            Optional<StepPlan> plan = scheduler.schedule(begin);
            inbox.setWaiting(scheduler.waiting());
            plan.ifPresent(this::compute);
            report(plan, begin);
            profile.lap(Phase.HAND_OVER);
        }
    }

    private void compute(StepPlan plan) {
        StepResult result = executor.submit(plan).await();
        scheduler.commit(result);
        profile.lap(Phase.COMMIT);
        profile.endStep();
    }

    private boolean isOver(Inbox.Mail mail, long nowNanos) {
        return switch (mail.state()) {
            case OPEN -> false;
            case DRAINING -> !scheduler.hasWork() || mail.drainDeadlineNanos() - nowNanos <= 0;
            case STOPPED -> true;
        };
    }

    private void report(Optional<StepPlan> plan, long begin) {
        var events = scheduler.takeEvents();
        long duration = plan.isPresent() ? nanoClock.getAsLong() - begin : 0;
        if (plan.isPresent()) {
            speed.step(scheduler.prefillTokens(), scheduler.decodeTokens(), duration);
        }
        stats = scheduler.stats().withSpeed(speed.speed());
        inbox.forget(events);
        if (plan.isPresent() || !events.isEmpty()) {
            listener.onStep(new StepReport(
                    events,
                    stats,
                    scheduler.prefillTokens(),
                    scheduler.decodeTokens(),
                    scheduler.takeCacheChanges(),
                    duration));
        }
    }

    private void die(Throwable cause) {
        LOG.error("engine {} died; its attempts can be resumed elsewhere", name, cause);
        try {
            listener.onDeath(cause);
        } catch (RuntimeException e) {
            LOG.error("the listener of engine {} failed to hear of its death", name, e);
        }
    }

    private void closeExecutor() {
        try {
            executor.close();
        } catch (RuntimeException e) {
            LOG.error("the executor of engine {} failed to close", name, e);
        }
    }
}
