package troupe.engine.cpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.conf.EngineSettings;
import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoreSpec;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.SliceResult;
import troupe.engine.executor.StepPlan;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.testing.DefaultModel;
import troupe.kernels.KvLayout;

/** A CPU executor over the default model, with one sequence in consecutive blocks. */
final class ExecutorUnderTest implements AutoCloseable {
    private final Model model;
    private final CpuExecutor executor;
    private long step;

    private ExecutorUnderTest(Model model, CpuExecutor executor) {
        this.model = model;
        this.executor = executor;
    }

    /** Quantized with f16 KV as it serves, or float32 throughout. */
    static ExecutorUnderTest open(boolean dequantized) {
        return open("auto", dequantized);
    }

    static ExecutorUnderTest open(String kernels, boolean dequantized) {
        return open(kernels, dequantized, dequantized ? "f32" : "f16");
    }

    /** Quantized, with keys and values of some type. */
    static ExecutorUnderTest withKvType(String kvType) {
        return open("auto", false, kvType);
    }

    private static ExecutorUnderTest open(String kernels, boolean dequantized, String kvType) {
        try {
            Path cache = DefaultModel.cacheFolder();
            Model model = new ModelLoader(cache).load(DefaultModel.path());
            EngineSettings settings = new EngineSettings(0, kernels, 256L << 20, kvType, 256, 64, 64);
            return new ExecutorUnderTest(model, CpuExecutor.open(model, settings, cache, dequantized));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CpuExecutor executor() {
        return executor;
    }

    /** Forgets the sequence: blocks are simply written again. */
    void clear() {
        step = 0;
    }

    SliceResult.Computed step(TokenIds tokens, int position, @Nullable SampleSpec sample, @Nullable ScoreSpec score) {
        int blocks = Math.ceilDiv(position + tokens.size(), KvLayout.BLOCK_TOKENS);
        int[] table = new int[blocks];
        for (int b = 0; b < blocks; b++) {
            table[b] = (b * 37 + 11) % executor.info().kvBlocks(); // scattered, yet a position keeps its own
        }
        SequenceSlice slice = new SequenceSlice(tokens, position, TokenIds.of(table), sample, score);
        SliceResult result = executor.submit(new StepPlan(step++, List.of(slice)))
                .await()
                .slices()
                .getFirst();
        return switch (result) {
            case SliceResult.Computed computed -> computed;
            case SliceResult.Failed(String reason) -> throw new AssertionError(reason);
        };
    }

    @Override
    public void close() {
        executor.close();
        model.close();
    }
}
