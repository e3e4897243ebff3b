package troupe.actors;

import akka.actor.typed.ActorRef;
import java.util.concurrent.atomic.AtomicInteger;
import troupe.engine.EngineListener;
import troupe.engine.StepReport;

/**
 * Carries an engine's reports from its thread to its batcher. Never waits: a batcher that falls too far behind counts as
 * having lost the engine, and the attempts go on elsewhere.
 */
final class StepForwarder implements EngineListener {
    /** Reports that may be under way. */
    static final int LIMIT = 4_096;

    private final ActorRef<Batcher.Command> batcher;
    private final long incarnation;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean overrun;

    StepForwarder(ActorRef<Batcher.Command> batcher, long incarnation) {
        this.batcher = batcher;
        this.incarnation = incarnation;
    }

    @Override
    public void onStep(StepReport report) {
        if (overrun) {
            return;
        }
        if (underWay.incrementAndGet() > LIMIT) {
            overrun = true;
            batcher.tell(new Batcher.EngineDied(
                    incarnation,
                    DeathCause.OTHER,
                    new IllegalStateException("the batcher is " + LIMIT + " steps behind its engine")));
            return;
        }
        batcher.tell(new Batcher.Stepped(incarnation, report, underWay));
    }

    @Override
    public void onDeath(Throwable cause) {
        batcher.tell(new Batcher.EngineDied(incarnation, DeathCause.ofFailure(cause), cause));
    }
}
