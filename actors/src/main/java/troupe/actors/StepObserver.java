package troupe.actors;

import troupe.engine.StepReport;

/** Sees every step of the engines on this node, for metrics. Must neither block nor throw. */
@FunctionalInterface
public interface StepObserver {
    void onStep(String worker, StepReport report);
}
