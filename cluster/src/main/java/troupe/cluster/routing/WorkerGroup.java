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

    // The sum of the speeds that its workers measure now.
    private int measured;
    private double stepSeconds;
    private double prefillTokenSeconds;
    private double decodeTokenSeconds;

    WorkerGroup(Key key) {
        this.key = key;
        prompt = new PromptHashes(key.numericsId(), key.blockTokens());
    }

    /**
     * The mean of what its workers measure now. While none does: what the one that is asked about measured before, if it
     * did, otherwise a constant.
     */
    EngineSpeed usualSpeed(@Nullable EngineSpeed before) {
        if (measured == 0) {
            return before == null ? CostModel.UNMEASURED : before;
        }
        return new EngineSpeed(
                Math.max(0, stepSeconds / measured),
                Math.max(0, prefillTokenSeconds / measured),
                Math.max(0, decodeTokenSeconds / measured));
    }

    /** A worker of the group measures another speed than before. */
    void replace(@Nullable EngineSpeed before, @Nullable EngineSpeed now) {
        add(before, -1);
        add(now, 1);
    }

    private void add(@Nullable EngineSpeed speed, int sign) {
        if (speed != null) {
            measured += sign;
            stepSeconds += sign * speed.stepSeconds();
            prefillTokenSeconds += sign * speed.prefillTokenSeconds();
            decodeTokenSeconds += sign * speed.decodeTokenSeconds();
        }
        if (measured == 0) {
            stepSeconds = prefillTokenSeconds = decodeTokenSeconds = 0; // not what rounding left
        }
    }
}
