package troupe.engine.executor;

/** A step in flight. */
@FunctionalInterface
public interface StepHandle {
    /**
     * Waits for the step.
     *
     * @throws RuntimeException if the step as a whole failed; the executor is then unusable
     */
    StepResult await();
}
