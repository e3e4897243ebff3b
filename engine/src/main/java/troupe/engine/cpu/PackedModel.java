package troupe.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import troupe.engine.gguf.Dequantizer;
import troupe.engine.gguf.GgufTensor;
import troupe.engine.gguf.TensorType;
import troupe.engine.model.LlamaTensors;
import troupe.engine.model.ModelConfig;
import troupe.kernels.Kernels;
import troupe.kernels.PackedMatrix;
import troupe.kernels.WeightType;
import troupe.kernels.WorkerPool;

/**
 * All that the forward pass reads of a model, in one run of memory: norms, the rotation table and the matrices packed as
 * the kernels want them, in the order in which a step reads them. Sections start at multiples of 64 bytes.
 */
final class PackedModel {
    /** Raised whenever sections change in order or content; of the matrices' own layout the kernels keep the version. */
    static final int LAYOUT_VERSION = 1;

    private final ModelConfig config;
    private final LlamaTensors tensors;
    private final boolean dequantized;
    private final MemorySegment rope;
    private final List<PackedLayer> layers;
    private final MemorySegment outputNorm;
    private final PackedMatrix output;

    private PackedModel(ModelConfig config, LlamaTensors tensors, boolean dequantized, Sections sections) {
        this.config = config;
        this.tensors = tensors;
        this.dequantized = dequantized;
        this.rope = sections.take(RopeTable.bytes(config.contextLength(), config.headDimension()));
        this.layers = new ArrayList<>();
        for (LlamaTensors.Block block : tensors.blocks()) {
            layers.add(new PackedLayer(
                    sections.vector(block.attentionNorm()),
                    matrix(sections, block.query()),
                    matrix(sections, block.key()),
                    matrix(sections, block.value()),
                    matrix(sections, block.attentionOutput()),
                    sections.vector(block.feedForwardNorm()),
                    matrix(sections, block.gate()),
                    matrix(sections, block.up()),
                    matrix(sections, block.down())));
        }
        this.outputNorm = sections.vector(tensors.outputNorm());
        this.output = matrix(sections, tensors.output());
    }

    /**
     * Lays the model over memory that {@link #fill} has filled or will fill.
     *
     * @param data {@link #bytes} bytes, aligned to 64
     * @param dequantized store all matrices as F32, for comparison with float references
     */
    static PackedModel over(ModelConfig config, LlamaTensors tensors, boolean dequantized, MemorySegment data) {
        return new PackedModel(config, tensors, dequantized, new Sections(data));
    }

    static long bytes(ModelConfig config, LlamaTensors tensors, boolean dequantized) {
        long sum = Sections.aligned(RopeTable.bytes(config.contextLength(), config.headDimension()));
        for (LlamaTensors.Block block : tensors.blocks()) {
            sum += vectorBytes(block.attentionNorm()) + vectorBytes(block.feedForwardNorm());
            for (GgufTensor tensor : matrices(block)) {
                sum += matrixBytes(tensor, dequantized);
            }
        }
        return sum + vectorBytes(tensors.outputNorm()) + matrixBytes(tensors.output(), dequantized);
    }

    private static List<GgufTensor> matrices(LlamaTensors.Block block) {
        return List.of(
                block.query(),
                block.key(),
                block.value(),
                block.attentionOutput(),
                block.gate(),
                block.up(),
                block.down());
    }

    private static long vectorBytes(GgufTensor tensor) {
        return Sections.aligned((long) tensor.columns() * Float.BYTES);
    }

    private static long matrixBytes(GgufTensor tensor, boolean dequantized) {
        return Sections.aligned(PackedMatrix.bytes(typeOf(tensor, dequantized), tensor.rows(), tensor.columns()));
    }

    private PackedMatrix matrix(Sections sections, GgufTensor tensor) {
        WeightType type = typeOf(tensor, dequantized);
        MemorySegment data = sections.take(PackedMatrix.bytes(type, tensor.rows(), tensor.columns()));
        return new PackedMatrix(type, tensor.rows(), tensor.columns(), data);
    }

    private static WeightType typeOf(GgufTensor tensor, boolean dequantized) {
        return dequantized ? WeightType.F32 : packedType(tensor.type());
    }

    /** The type that the kernels read a tensor's type as. */
    static WeightType packedType(TensorType type) {
        return switch (type) {
            case F32 -> WeightType.F32;
            case F16 -> WeightType.F16;
            case BF16 -> WeightType.BF16;
            case Q4_0 -> WeightType.Q4_0;
            case Q4_1 -> WeightType.Q4_1;
            case Q5_0 -> WeightType.Q5_0;
            case Q5_1 -> WeightType.Q5_1;
            case Q8_0 -> WeightType.Q8_0;
            case Q4_K -> WeightType.Q4_K;
            case Q5_K -> WeightType.Q5_K;
            case Q6_K -> WeightType.Q6_K;
        };
    }

    /** Packs the model's tensors into the memory that this was laid over, on all threads. */
    void fill(Kernels kernels, WorkerPool pool) {
        int positions = config.contextLength();
        pool.run(
                Math.ceilDiv(positions, 256),
                (task, worker) -> RopeTable.fill(
                        rope,
                        task * 256,
                        Math.min(positions, task * 256 + 256),
                        config.headDimension(),
                        config.ropeFrequencyBase()));
        for (int i = 0; i < layers.size(); i++) {
            LlamaTensors.Block source = tensors.blocks().get(i);
            PackedLayer target = layers.get(i);
            copyVector(source.attentionNorm(), target.attentionNorm());
            pack(kernels, pool, source.query(), target.query());
            pack(kernels, pool, source.key(), target.key());
            pack(kernels, pool, source.value(), target.value());
            pack(kernels, pool, source.attentionOutput(), target.attentionOutput());
            copyVector(source.feedForwardNorm(), target.feedForwardNorm());
            pack(kernels, pool, source.gate(), target.gate());
            pack(kernels, pool, source.up(), target.up());
            pack(kernels, pool, source.down(), target.down());
        }
        copyVector(tensors.outputNorm(), outputNorm);
        pack(kernels, pool, tensors.output(), output);
    }

    private static void copyVector(GgufTensor source, MemorySegment target) {
        float[] values = new float[source.columns()];
        Dequantizer.row(source, 0, values);
        MemorySegment.copy(values, 0, target, ValueLayout.JAVA_FLOAT, 0, values.length);
    }

    private void pack(Kernels kernels, WorkerPool pool, GgufTensor source, PackedMatrix target) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment rows = dequantized ? dequantize(arena, source) : source.data();
            int groups = target.groups();
            int perTask = Math.max(1, groups / (4 * pool.threads()));
            pool.run(Math.ceilDiv(groups, perTask), (task, worker) -> {
                int from = task * perTask;
                int to = Math.min(groups, from + perTask);
                kernels.pack(target.type(), rows, target.rows(), target.columns(), target.data(), from, to);
            });
        }
    }

    private static MemorySegment dequantize(Arena arena, GgufTensor source) {
        int columns = source.columns();
        MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, (long) source.rows() * columns);
        float[] row = new float[columns];
        for (int r = 0; r < source.rows(); r++) {
            Dequantizer.row(source, r, row);
            MemorySegment.copy(row, 0, rows, ValueLayout.JAVA_FLOAT, (long) r * columns * Float.BYTES, columns);
        }
        return rows;
    }

    /** Writes the embedding of a token, f32 [embedding], to {@code row} and at element {@code index} of {@code out}. */
    void embed(int token, float[] row, MemorySegment out, long index) {
        Dequantizer.row(tensors.tokenEmbedding(), token, row);
        MemorySegment.copy(row, 0, out, ValueLayout.JAVA_FLOAT, index * Float.BYTES, row.length);
    }

    ModelConfig config() {
        return config;
    }

    /** f32 [context][headDim / 2][cos, sin]. */
    MemorySegment rope() {
        return rope;
    }

    List<PackedLayer> layers() {
        return layers;
    }

    /** f32 [embedding]. */
    MemorySegment outputNorm() {
        return outputNorm;
    }

    PackedMatrix output() {
        return output;
    }

    /** Cuts memory into consecutive aligned sections. */
    private static final class Sections {
        private final MemorySegment data;
        private long offset;

        Sections(MemorySegment data) {
            this.data = data;
        }

        static long aligned(long bytes) {
            return Math.ceilDiv(bytes, PackedMatrix.ALIGNMENT) * PackedMatrix.ALIGNMENT;
        }

        MemorySegment take(long bytes) {
            MemorySegment section = data.asSlice(offset, bytes);
            offset += aligned(bytes);
            return section;
        }

        MemorySegment vector(GgufTensor tensor) {
            return take((long) tensor.columns() * Float.BYTES);
        }
    }
}
