package troupe.actors;

import troupe.engine.StepReport;

/** Sees the workers of this node and every step of their engines, for metrics. Must neither block nor throw. */
@FunctionalInterface
public interface StepObserver {
    /** Of a worker that has begun and not ended. */
    void onStep(String worker, StepReport report);

    /** A worker is there, for a model of this name. */
    default void onBegin(String worker, String model) {}

    /** The worker is gone, and no step of it follows. */
    default void onEnd(String worker) {}
}
