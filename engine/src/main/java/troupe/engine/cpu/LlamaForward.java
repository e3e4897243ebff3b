package troupe.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.engine.cpu.ProductStage.Product;
import troupe.engine.executor.StepProfile;
import troupe.engine.executor.StepProfile.Phase;
import troupe.engine.model.ModelConfig;
import troupe.kernels.ActivationLayout;
import troupe.kernels.Kernels;
import troupe.kernels.KvLayout;
import troupe.kernels.NativeMemory;
import troupe.kernels.WorkerPool;

/**
 * The forward pass of a Llama (Touvron et al. 2023) for all tokens of a step at once: weights are read once, whatever
 * the number of sequences. The value of a row depends only on its own token, position and cached prefix.
 *
 * <p>Buffers are f32 [rows][width]; widths in the field names' comments.
 */
final class LlamaForward {
    /** Rows that one task of a row-wise kernel takes. */
    private static final int ROWS_PER_TASK = 16;

    /** Fewer rows than this are not worth another thread. */
    private static final int FEWEST_ROWS_PER_TASK = 4;

    /** Rows whose keys and values one task stores: whole blocks of the cache, where there are as many. */
    private static final int STORED_ROWS_PER_TASK = 2 * KvLayout.BLOCK_TOKENS;

    /** Steps of so few rows fetch weights ahead: their products wait for memory. */
    private static final int FEW_ROWS = 4;

    private final ModelConfig config;
    private final PackedModel model;
    private final Kernels kernels;
    private final WorkerPool pool;
    private final KvLayout layout;
    private final MemorySegment cache;
    private final float epsilon;
    private final StepProfile profile;

    private final MemorySegment hidden; // [rows][embedding], the residual stream
    private final MemorySegment normed; // [rows][embedding]
    private final MemorySegment queries; // [rows][heads * headDim]
    private final MemorySegment keys; // [rows][kvHeads * headDim]
    private final MemorySegment values; // [rows][kvHeads * headDim]
    private final MemorySegment attended; // [rows][heads * headDim]
    private final MemorySegment gate; // [rows][feedForward]
    private final MemorySegment up; // [rows][feedForward]
    private final MemorySegment quantized; // ActivationLayout of the widest input
    private final AttentionStage attention;
    private final List<LayerStages> layers = new ArrayList<>();
    private final WeightsAhead weightsAhead;
    private final float[][] embeddings; // [threads][embedding]

    private int nextProduct; // of the step
    private WorkerPool.@Nullable Ahead ahead; // until it begins

    /** The products of a layer in the order of a step. */
    private record LayerStages(ProductStage projections, ProductStage output, ProductStage gateUp, ProductStage down) {}

    LlamaForward(
            PackedModel model,
            Kernels kernels,
            WorkerPool pool,
            KvLayout layout,
            MemorySegment cache,
            Arena arena,
            int maxRows,
            StepProfile profile) {
        this.profile = profile;
        this.model = model;
        this.config = model.config();
        this.kernels = kernels;
        this.pool = pool;
        this.layout = layout;
        this.cache = cache;
        this.epsilon = (float) config.rmsEpsilon();
        int attentionWidth = config.queryLength();
        int kvWidth = config.keyValueLength();
        hidden = buffer(arena, maxRows, config.embeddingLength());
        normed = buffer(arena, maxRows, config.embeddingLength());
        queries = buffer(arena, maxRows, attentionWidth);
        keys = buffer(arena, maxRows, kvWidth);
        values = buffer(arena, maxRows, kvWidth);
        attended = buffer(arena, maxRows, attentionWidth);
        gate = buffer(arena, maxRows, config.feedForwardLength());
        up = buffer(arena, maxRows, config.feedForwardLength());
        int widest = Math.max(config.feedForwardLength(), Math.max(config.embeddingLength(), attentionWidth));
        quantized = NativeMemory.allocate(arena, ActivationLayout.bytes(maxRows, widest));
        embeddings = new float[pool.threads()][config.embeddingLength()];
        attention = new AttentionStage(
                kernels,
                layout,
                config.headCount(),
                pool,
                cache,
                queries,
                attended,
                arena,
                maxRows,
                config.contextLength());
        List<ProductStage> products = new ArrayList<>();
        for (PackedLayer layer : model.layers()) {
            LayerStages stages = stages(layer);
            layers.add(stages);
            products.addAll(List.of(stages.projections(), stages.output(), stages.gateUp(), stages.down()));
        }
        products.add(head(MemorySegment.NULL, config.vocabularySize()));
        weightsAhead = new WeightsAhead(kernels, pool.threads(), products);
    }

    private LayerStages stages(PackedLayer layer) {
        return new LayerStages(
                product(
                        normed,
                        false,
                        new Product(layer.query(), queries),
                        new Product(layer.key(), keys),
                        new Product(layer.value(), values)),
                product(attended, true, new Product(layer.attentionOutput(), hidden)),
                product(normed, false, new Product(layer.gate(), gate), new Product(layer.up(), up)),
                product(gate, true, new Product(layer.down(), hidden)));
    }

    private static MemorySegment buffer(Arena arena, int rows, int width) {
        return NativeMemory.allocate(arena, (long) rows * width * Float.BYTES);
    }

    /** Runs all layers; afterwards the cache has the batch's keys and values, and {@link #logits} can be called. */
    void run(StepBatch batch) {
        int rows = batch.rows();
        nextProduct = 0;
        attention.plan(batch);
        pool.run(Math.ceilDiv(rows, ROWS_PER_TASK), (task, worker) -> embed(batch, task, embeddings[worker]));
        profile.lap(Phase.EMBEDDING);
        for (int layer = 0; layer < config.blockCount(); layer++) {
            PackedLayer weights = model.layers().get(layer);
            attentionBlock(batch, layer, weights, rows);
            feedForwardBlock(layer, weights, rows);
        }
    }

    private void embed(StepBatch batch, int task, float[] scratch) {
        int from = task * ROWS_PER_TASK;
        int to = Math.min(batch.rows(), from + ROWS_PER_TASK);
        for (int row = from; row < to; row++) {
            model.embed(batch.token(row), scratch, hidden, (long) row * config.embeddingLength());
        }
    }

    private void attentionBlock(StepBatch batch, int layer, PackedLayer weights, int rows) {
        LayerStages stages = layers.get(layer);
        normalize(hidden, weights.attentionNorm(), rows, stages.projections());
        profile.lap(Phase.NORM);
        multiply(stages.projections(), rows);
        profile.lap(Phase.QUERY_KEY_VALUE);
        storeKeysValues(batch, layer, rows);
        profile.lap(Phase.ROPE_STORE);
        attention.run(layer, ahead);
        profile.lap(Phase.ATTENTION);
        if (stages.output().readsQuantized()) {
            forRows(rows, (from, to) -> kernels.quantize(attended, config.queryLength(), quantized, rows, from, to));
        }
        profile.lap(Phase.QUANTIZE);
        multiply(stages.output(), rows);
        profile.lap(Phase.ATTENTION_OUTPUT);
    }

    /** Rotates queries and keys and stores the keys and values; a store waits for memory, so few rows are shared too. */
    private void storeKeysValues(StepBatch batch, int layer, int rows) {
        int perTask = Math.clamp(Math.ceilDiv(rows, 2 * pool.threads()), 2, STORED_ROWS_PER_TASK);
        pool.run(
                Math.ceilDiv(rows, perTask),
                (task, worker) -> {
                    int from = task * perTask;
                    int to = Math.min(rows, from + perTask);
                    kernels.rope(
                            queries,
                            config.headCount(),
                            config.headDimension(),
                            batch.positions(),
                            model.rope(),
                            from,
                            to);
                    kernels.rope(
                            keys,
                            config.headCountKv(),
                            config.headDimension(),
                            batch.positions(),
                            model.rope(),
                            from,
                            to);
                    kernels.storeKeysValues(layout, layer, keys, values, batch.slots(), cache, from, to);
                },
                ahead);
    }

    private void feedForwardBlock(int layer, PackedLayer weights, int rows) {
        LayerStages stages = layers.get(layer);
        normalize(hidden, weights.feedForwardNorm(), rows, stages.gateUp());
        profile.lap(Phase.NORM);
        multiply(stages.gateUp(), rows);
        profile.lap(Phase.GATE_UP);
        int width = config.feedForwardLength();
        boolean quantize = stages.down().readsQuantized();
        forRows(rows, (from, to) -> {
            kernels.swiglu(gate, up, gate, (long) from * width, (long) to * width);
            if (quantize) {
                kernels.quantize(gate, width, quantized, rows, from, to);
            }
        });
        profile.lap(Phase.SWIGLU);
        multiply(stages.down(), rows);
        profile.lap(Phase.DOWN);
    }

    /**
     * Logits of some rows of the last batch.
     *
     * @param rows which: the first {@code count} of these, at most as many as the buffers have
     * @param logits f32 [count][stride], of which the vocabulary's are written
     */
    void logits(int[] rows, int count, MemorySegment logits, int stride) {
        int embedding = config.embeddingLength();
        long bytes = (long) embedding * Float.BYTES;
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(hidden, rows[i] * bytes, normed, i * bytes, bytes);
        }
        ProductStage head = head(logits, stride);
        normalize(normed, model.outputNorm(), count, head);
        ahead = count <= FEW_ROWS ? weightsAhead.until(0) : null; // the next step's first
        head.run(count, ahead);
        profile.lap(Phase.HEAD);
    }

    private ProductStage head(MemorySegment logits, int stride) {
        return product(normed, false, new Product(model.output(), logits, stride));
    }

    private ProductStage product(MemorySegment input, boolean accumulate, Product... products) {
        return new ProductStage(kernels, pool, input, quantized, accumulate, products);
    }

    /** normed = the normalized rows of x, int8 too where the product over them wants that. */
    private void normalize(MemorySegment x, MemorySegment weight, int rows, ProductStage product) {
        int embedding = config.embeddingLength();
        boolean quantize = product.readsQuantized();
        forRows(rows, (from, to) -> {
            kernels.rmsNorm(x, weight, epsilon, embedding, normed, from, to);
            if (quantize) {
                kernels.quantize(normed, embedding, quantized, rows, from, to);
            }
        });
    }

    /** Runs the next product of the step. */
    private void multiply(ProductStage product, int rows) {
        nextProduct++;
        ahead = rows <= FEW_ROWS ? weightsAhead.until(nextProduct) : null;
        product.run(rows, ahead);
    }

    @FunctionalInterface
    private interface RowRange {
        void run(int fromRow, int toRow);
    }

    private void forRows(int rows, RowRange body) {
        // The scales of so many rows share cache lines, which a task has for itself.
        int perTask = rows >= ActivationLayout.MANY_TOKENS
                ? ROWS_PER_TASK
                : Math.clamp(Math.ceilDiv(rows, 2 * pool.threads()), FEWEST_ROWS_PER_TASK, ROWS_PER_TASK);
        pool.run(
                Math.ceilDiv(rows, perTask),
                (task, worker) -> {
                    int from = task * perTask;
                    body.run(from, Math.min(rows, from + perTask));
                },
                ahead);
    }
}
