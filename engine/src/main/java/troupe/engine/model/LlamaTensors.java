package troupe.engine.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import troupe.engine.gguf.GgufFile;
import troupe.engine.gguf.GgufTensor;
import troupe.engine.gguf.ModelFormatException;
import troupe.engine.gguf.TensorType;

/**
 * The tensors of a Llama model by role, their shapes checked. Shapes are in ggml's order, [columns, rows]: a projection
 * from n to m values is [n, m]. Norms are F32; the other tensors have any supported type.
 *
 * @param tokenEmbedding [embeddingLength, vocabularySize]
 * @param blocks one entry per transformer block
 * @param outputNorm [embeddingLength]
 * @param output [embeddingLength, vocabularySize]; the same object as {@code tokenEmbedding} where the model ties them
 */
public record LlamaTensors(GgufTensor tokenEmbedding, List<Block> blocks, GgufTensor outputNorm, GgufTensor output) {
    static final String OUTPUT = "output.weight";
    private static final String ROPE_FACTORS = "rope_freqs.weight";

    /**
     * One transformer block.
     *
     * @param attentionNorm [embeddingLength]
     * @param query [embeddingLength, queryLength]
     * @param key [embeddingLength, keyValueLength]
     * @param value [embeddingLength, keyValueLength]
     * @param attentionOutput [queryLength, embeddingLength]
     * @param feedForwardNorm [embeddingLength]
     * @param gate [embeddingLength, feedForwardLength]
     * @param up [embeddingLength, feedForwardLength]
     * @param down [feedForwardLength, embeddingLength]
     */
    public record Block(
            GgufTensor attentionNorm,
            GgufTensor query,
            GgufTensor key,
            GgufTensor value,
            GgufTensor attentionOutput,
            GgufTensor feedForwardNorm,
            GgufTensor gate,
            GgufTensor up,
            GgufTensor down) {}

    public LlamaTensors {
        blocks = List.copyOf(blocks);
    }

    /** Finds every tensor of {@code config} in {@code file}, which must have no others. */
    static LlamaTensors of(GgufFile file, ModelConfig config) {
        if (file.tensor(ROPE_FACTORS).isPresent()) {
            throw new ModelFormatException("tensor " + ROPE_FACTORS
                    + " scales the rotary embedding (as Llama 3.1 does); this is not supported");
        }
        return new Finder(file, config).find();
    }

    /** Looks tensors up and remembers which were asked for. */
    private static final class Finder {
        private final GgufFile file;
        private final ModelConfig config;
        private final Set<String> found = new HashSet<>();

        Finder(GgufFile file, ModelConfig config) {
            this.file = file;
            this.config = config;
        }

        LlamaTensors find() {
            int embedding = config.embeddingLength();
            GgufTensor tokenEmbedding = matrix("token_embd.weight", embedding, config.vocabularySize());
            List<Block> blocks = new ArrayList<>(config.blockCount());
            for (int i = 0; i < config.blockCount(); i++) {
                blocks.add(block("blk." + i + "."));
            }
            GgufTensor outputNorm = norm("output_norm.weight");
            GgufTensor output =
                    config.tiedOutput() ? tokenEmbedding : matrix(OUTPUT, embedding, config.vocabularySize());
            refuseOthers();
            return new LlamaTensors(tokenEmbedding, blocks, outputNorm, output);
        }

        private Block block(String prefix) {
            int embedding = config.embeddingLength();
            return new Block(
                    norm(prefix + "attn_norm.weight"),
                    matrix(prefix + "attn_q.weight", embedding, config.queryLength()),
                    matrix(prefix + "attn_k.weight", embedding, config.keyValueLength()),
                    matrix(prefix + "attn_v.weight", embedding, config.keyValueLength()),
                    matrix(prefix + "attn_output.weight", config.queryLength(), embedding),
                    norm(prefix + "ffn_norm.weight"),
                    matrix(prefix + "ffn_gate.weight", embedding, config.feedForwardLength()),
                    matrix(prefix + "ffn_up.weight", embedding, config.feedForwardLength()),
                    matrix(prefix + "ffn_down.weight", config.feedForwardLength(), embedding));
        }

        private GgufTensor norm(String name) {
            GgufTensor tensor = tensor(name, List.of(config.embeddingLength()));
            if (tensor.type() != TensorType.F32) {
                throw new ModelFormatException(
                        "tensor " + name + " has type " + tensor.type() + "; a norm must be F32");
            }
            return tensor;
        }

        private GgufTensor matrix(String name, int columns, int rows) {
            return tensor(name, List.of(columns, rows));
        }

        private GgufTensor tensor(String name, List<Integer> shape) {
            GgufTensor tensor =
                    file.tensor(name).orElseThrow(() -> new ModelFormatException("the file has no tensor " + name));
            if (!tensor.shape().equals(shape)) {
                throw new ModelFormatException("tensor " + name + " has the shape " + tensor.shape()
                        + "; by the metadata it must be " + shape);
            }
            found.add(name);
            return tensor;
        }

        /** A tensor without a role, such as a bias, would change the arithmetic if it were used. */
        private void refuseOthers() {
            for (String name : file.tensors().keySet()) {
                if (!found.contains(name)) {
                    throw new ModelFormatException("tensor " + name + " has no role in the llama architecture with "
                            + config.blockCount() + " blocks");
                }
            }
        }
    }
}
