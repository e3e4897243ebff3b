package troupe.engine.model;

import java.util.List;
import java.util.Optional;
import troupe.engine.gguf.GgufMetadata;
import troupe.engine.gguf.GgufValue;
import troupe.engine.gguf.ModelFormatException;

/**
 * The shape of a model of the Llama architecture.
 *
 * <p>Rotary position embedding turns the adjacent pairs (2i, 2i+1) of each head by the angle
 * {@code position * ropeFrequencyBase^(-2i / headDimension)}: GGUF files hold the query and key weights in that order.
 *
 * @param blockCount transformer blocks
 * @param contextLength positions the model was trained for
 * @param embeddingLength width of the residual stream
 * @param feedForwardLength width of the feed-forward layer
 * @param headCount query heads
 * @param headCountKv key and value heads; divides {@code headCount}
 * @param headDimension width of a head, all of it rotated
 * @param ropeFrequencyBase theta of the rotary embedding
 * @param rmsEpsilon epsilon of the RMS norms
 * @param vocabularySize rows of the token embedding
 * @param tiedOutput whether the output projection is the token embedding
 */
public record ModelConfig(
        int blockCount,
        int contextLength,
        int embeddingLength,
        int feedForwardLength,
        int headCount,
        int headCountKv,
        int headDimension,
        double ropeFrequencyBase,
        double rmsEpsilon,
        int vocabularySize,
        boolean tiedOutput) {
    /** The architectures that can be loaded, by the names of {@code general.architecture}. */
    public static final List<String> SUPPORTED_ARCHITECTURES = List.of("llama");

    private static final int MAX_BLOCKS = 1024;
    private static final int MAX_CONTEXT = 1 << 24;
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_HEADS = 4096;
    private static final int MAX_HEAD_DIMENSION = 1024;

    /** Width of all query heads together. */
    public int queryLength() {
        return headCount * headDimension;
    }

    /** Width of all key heads, and of all value heads, together. */
    public int keyValueLength() {
        return headCountKv * headDimension;
    }

    /**
     * Reads and checks the {@code llama.*} keys, with which the size of the vocabulary must agree.
     *
     * @param tiedOutput whether the file has no output projection of its own
     */
    static ModelConfig of(GgufMetadata metadata, boolean tiedOutput) {
        String architecture = metadata.requireString("general.architecture");
        if (!SUPPORTED_ARCHITECTURES.contains(architecture)) {
            throw new ModelFormatException("general.architecture is " + architecture + "; supported are "
                    + String.join(", ", SUPPORTED_ARCHITECTURES));
        }
        refuseUnsupported(metadata);
        int embedding = metadata.requireInt("llama.embedding_length", 1, MAX_WIDTH);
        int heads = metadata.requireInt("llama.attention.head_count", 1, MAX_HEADS);
        int headsKv = metadata.intOr("llama.attention.head_count_kv", heads, 1, heads);
        requireMultiple("llama.attention.head_count", heads, "llama.attention.head_count_kv", headsKv);
        int tokens = metadata.requireStrings("tokenizer.ggml.tokens").values().size();
        int vocabulary = metadata.intOr("llama.vocab_size", tokens, 1, Integer.MAX_VALUE);
        if (vocabulary != tokens) {
            throw new ModelFormatException(
                    "llama.vocab_size is " + vocabulary + "; tokenizer.ggml.tokens has " + tokens);
        }
        return new ModelConfig(
                metadata.requireInt("llama.block_count", 1, MAX_BLOCKS),
                metadata.requireInt("llama.context_length", 1, MAX_CONTEXT),
                embedding,
                metadata.requireInt("llama.feed_forward_length", 1, MAX_WIDTH),
                heads,
                headsKv,
                headDimension(metadata, embedding, heads),
                metadata.numberOr("llama.rope.freq_base", 10_000, 1, 1e12),
                metadata.requireNumber("llama.attention.layer_norm_rms_epsilon", 0, 1),
                vocabulary,
                tiedOutput);
    }

    private static int headDimension(GgufMetadata metadata, int embedding, int heads) {
        int dimension;
        if (metadata.value("llama.attention.key_length").isPresent()) {
            dimension = metadata.requireInt("llama.attention.key_length", 2, MAX_HEAD_DIMENSION);
        } else {
            requireMultiple("llama.embedding_length", embedding, "llama.attention.head_count", heads);
            dimension = embedding / heads;
        }
        if (dimension < 2 || dimension > MAX_HEAD_DIMENSION || dimension % 2 != 0) {
            throw new ModelFormatException("the head dimension (llama.attention.key_length, or llama.embedding_length"
                    + " over llama.attention.head_count) is " + dimension + "; it must be even, from 2 to "
                    + MAX_HEAD_DIMENSION);
        }
        requireEqual(metadata, "llama.attention.value_length", dimension);
        requireEqual(metadata, "llama.rope.dimension_count", dimension);
        return dimension;
    }

    private static void requireEqual(GgufMetadata metadata, String key, int headDimension) {
        int value = metadata.intOr(key, headDimension, 0, Integer.MAX_VALUE);
        if (value != headDimension) {
            throw new ModelFormatException(
                    key + " is " + value + "; supported is only the head dimension, " + headDimension);
        }
    }

    private static void requireMultiple(String key, int value, String divisorKey, int divisor) {
        if (value % divisor != 0) {
            throw new ModelFormatException(key + " is " + value + ", not a multiple of " + divisorKey + ", " + divisor);
        }
    }

    /** Refuses what would change the arithmetic: running such a model without it would give wrong text in silence. */
    private static void refuseUnsupported(GgufMetadata metadata) {
        metadata.optionalString("llama.rope.scaling.type")
                .filter(type -> !type.equals("none"))
                .ifPresent(type -> {
                    throw new ModelFormatException("llama.rope.scaling.type is " + type + "; supported is none");
                });
        refuseUnless(metadata, "llama.rope.scaling.factor", 1);
        refuseUnless(metadata, "llama.rope.scale_linear", 1);
        refuseUnless(metadata, "llama.expert_count", 0);
        refuseUnless(metadata, "llama.attention.sliding_window", 0);
        refuseUnless(metadata, "llama.attention.clamp_kqv", 0);
        refuseUnless(metadata, "llama.attention.max_alibi_bias", 0);
        refuseUnless(metadata, "llama.logit_scale", 1);
        refuseUnless(metadata, "llama.embedding_scale", 1);
        refuseUnless(metadata, "llama.residual_scale", 1);
        if (!metadata.booleanOr("llama.attention.causal", true)) {
            throw new ModelFormatException("llama.attention.causal is false; supported is true");
        }
        if (metadata.booleanOr("llama.use_parallel_residual", false)) {
            throw new ModelFormatException("llama.use_parallel_residual is true; supported is false");
        }
    }

    private static void refuseUnless(GgufMetadata metadata, String key, double neutral) {
        Optional<GgufValue> value = metadata.value(key);
        if (value.isPresent() && metadata.requireNumber(key, -Double.MAX_VALUE, Double.MAX_VALUE) != neutral) {
            throw new ModelFormatException(
                    key + " is " + value.get().describe() + "; supported is only " + (long) neutral);
        }
    }
}
