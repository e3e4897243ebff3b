package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;
import troupe.engine.EngineSpeed;
import troupe.engine.executor.ExecutorInfo;

/** The workers that can share KV blocks: of one model, one numerics id and one block size. */
final class WorkerGroup {
    record Key(String model, String numericsId, int blockTokens) {
        static Key of(ExecutorInfo info) {
            return new Key(info.model(), info.numericsId(), info.blockTokens());
        }
    }

    final Key key;
    final WorkerHeap heap = new WorkerHeap();
    /** Of the attempt that is being placed. */
    final PromptHashes prompt;

    /** Workers that have room. */
    int roomy;

    private final Mean stepSeconds = new Mean();
    private final Mean decodeTokenSeconds = new Mean();
    private final Mean prefillTokenSeconds = new Mean();

    WorkerGroup(Key key) {
        this.key = key;
        prompt = new PromptHashes(key.numericsId(), key.blockTokens());
    }

    /**
     * The means of what its workers measure now. Of what none does: what one of them measured before, if it did; otherwise
     * a constant.
     */
    EngineSpeed usualSpeed(@Nullable EngineSpeed before) {
        EngineSpeed other = before == null ? CostModel.UNMEASURED : before;
        return new EngineSpeed(
                stepSeconds.or(other.stepSeconds()),
                prefillTokenSeconds.or(other.prefillTokenSeconds()),
                decodeTokenSeconds.or(other.decodeTokenSeconds()));
    }

    /** A worker of the group measured its steps, or its prompts, otherwise than before; null: not, or not lately. */
    void count(
            @Nullable EngineSpeed stepsBefore,
            @Nullable EngineSpeed stepsNow,
            @Nullable EngineSpeed promptsBefore,
            @Nullable EngineSpeed promptsNow) {
        addSteps(stepsBefore, -1);
        addSteps(stepsNow, 1);
        addPrompts(promptsBefore, -1);
        addPrompts(promptsNow, 1);
    }

    private void addSteps(@Nullable EngineSpeed speed, int sign) {
        if (speed != null) {
            stepSeconds.add(speed.stepSeconds(), sign);
            decodeTokenSeconds.add(speed.decodeTokenSeconds(), sign);
        }
    }

    private void addPrompts(@Nullable EngineSpeed speed, int sign) {
        if (speed != null) {
            prefillTokenSeconds.add(speed.prefillTokenSeconds(), sign);
        }
    }

    private static final class Mean {
        private int count;
        private double sum;

        /** Takes a value in (1) or out again (-1). */
        void add(double value, int sign) {
            count += sign;
            sum = count == 0 ? 0 : sum + sign * value; // 0, not what rounding left
        }

        double or(double other) {
            return count == 0 ? other : Math.max(0, sum / count);
        }
    }
}
