package troupe.bench.routing;

import java.util.concurrent.locks.LockSupport;
import troupe.cluster.simulation.SyntheticTokens;
import troupe.engine.EngineSpeed;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.StepHandle;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;

/** Computes nothing: a step takes the time that a speed says, and draws what a simulated worker would. */
record TimedExecutor(ExecutorInfo info, EngineSpeed speed) implements ModelExecutor {
    @Override
    public StepHandle submit(StepPlan plan) {
        long begin = System.nanoTime();
        long prefillTokens = 0;
        int decoding = 0;
        for (SequenceSlice slice : plan.slices()) {
            if (isDecoding(slice)) {
                decoding++;
            } else {
                prefillTokens += slice.tokens().size();
            }
        }
        long end = begin + Math.round(speed.seconds(prefillTokens, decoding) * 1e9);
        StepResult result = SyntheticTokens.draw(plan, info.vocabularySize());
        return () -> {
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            return result;
        };
    }

    /** As the scheduler counts: one token past the prompt. */
    private static boolean isDecoding(SequenceSlice slice) {
        SampleSpec sample = slice.sample();
        return sample != null && sample.outputTokens() > 0 && slice.tokens().size() == 1;
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
