package troupe.engine.executor;

/**
 * Computes steps of one model replica: the port that the CPU executor, the CUDA executor and test stubs implement.
 *
 * <p>Used by one thread. At most one step is in flight while the next is being scheduled. The values it computes for a
 * sequence do not depend on the other slices of a plan, on how a prompt is cut into slices, or on which physical blocks
 * hold the keys and values.
 */
public interface ModelExecutor extends AutoCloseable {
    ExecutorInfo info();

    /** Starts a step. The plan has been validated by the scheduler: blocks are within the pool, positions in context. */
    StepHandle submit(StepPlan plan);

    @Override
    void close();
}
