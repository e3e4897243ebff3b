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

    /** Of the worker that was the last one to measure anything. */
    private EngineSpeed lastMeasured = CostModel.UNMEASURED;

    WorkerGroup(Key key) {
        this.key = key;
        prompt = new PromptHashes(key.numericsId(), key.blockTokens());
    }

    /**
     * What a worker without a measurement of now is taken for: the mean of what others measure now. While none does, it is
     * halfway between what the last one measured and what the worker measured itself {@code before}, if it did: equal
     * workers differ by less then than chance made them, and unlike ones still do.
     */
    EngineSpeed usualSpeed(@Nullable EngineSpeed before) {
        if (measured > 0) {
            return new EngineSpeed(
                    Math.max(0, stepSeconds / measured),
                    Math.max(0, prefillTokenSeconds / measured),
                    Math.max(0, decodeTokenSeconds / measured));
        }
        return before == null
                ? lastMeasured
                : new EngineSpeed(
                        (lastMeasured.stepSeconds() + before.stepSeconds()) / 2,
                        (lastMeasured.prefillTokenSeconds() + before.prefillTokenSeconds()) / 2,
                        (lastMeasured.decodeTokenSeconds() + before.decodeTokenSeconds()) / 2);
    }

    /** A worker of the group measures another speed than before. */
    void replace(@Nullable EngineSpeed before, @Nullable EngineSpeed now) {
        add(before, -1);
        add(now, 1);
        if (measured == 0 && before != null) {
            lastMeasured = before;
        }
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
