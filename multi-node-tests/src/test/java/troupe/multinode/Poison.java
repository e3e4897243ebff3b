package troupe.multinode;

import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.StepHandle;
import troupe.engine.executor.StepPlan;

/** An executor whose process ends, as by a signal in native code, at the step that has a certain run of tokens. */
public final class Poison implements ModelExecutor {
    /** Prompts with this many times {@link #TOKEN} in a row kill. */
    static final int RUN = 6;

    static final int TOKEN = 66;

    /** What a shell and {@link Process} make of a death by SIGSEGV. */
    static final int STATUS = 139;

    private final ModelExecutor executor;

    private Poison(ModelExecutor executor) {
        this.executor = executor;
    }

    /** Called by the changed class of the node under test. */
    public static ModelExecutor wrap(ModelExecutor executor) {
        return new Poison(executor);
    }

    @Override
    public ExecutorInfo info() {
        return executor.info();
    }

    @Override
    public StepHandle submit(StepPlan plan) {
        for (SequenceSlice slice : plan.slices()) {
            int run = 0;
            for (int i = 0; i < slice.tokens().size(); i++) {
                run = slice.tokens().get(i) == TOKEN ? run + 1 : 0;
                if (run == RUN) {
                    Runtime.getRuntime().halt(STATUS);
                }
            }
        }
        return executor.submit(plan);
    }

    @Override
    public void close() {
        executor.close();
    }
}
