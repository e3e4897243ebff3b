package troupe.engine.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A complete Llama model of a few kilobytes with random weights: 2 blocks, 32 embedding dimensions, 4 heads over 2 KV
 * heads, 262 tokens (the 256 bytes, two merged pairs, four special ones).
 */
public final class TinyLlama {
    public static final int BLOCKS = 2;
    public static final int EMBEDDING = 32;
    public static final int FEED_FORWARD = 64;
    public static final int HEADS = 4;
    public static final int KV_HEADS = 2;
    public static final int VOCABULARY = 262;

    private TinyLlama() {}

    /** The model as a writer, to be changed and written; the same bytes for the same seed. */
    public static GgufWriter writer(long seed) {
        Random random = new Random(seed);
        GgufWriter writer = new GgufWriter()
                .string("general.architecture", "llama")
                .string("general.name", "tiny")
                .uint32("llama.block_count", BLOCKS)
                .uint32("llama.context_length", 128)
                .uint32("llama.embedding_length", EMBEDDING)
                .uint32("llama.feed_forward_length", FEED_FORWARD)
                .uint32("llama.attention.head_count", HEADS)
                .uint32("llama.attention.head_count_kv", KV_HEADS)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .uint32("llama.rope.dimension_count", EMBEDDING / HEADS)
                .string("tokenizer.chat_template", "{{ messages[0]['content'] }}");
        vocabulary(writer);
        writer.tensor("token_embd.weight", random(random, EMBEDDING * VOCABULARY), EMBEDDING, VOCABULARY);
        int kv = EMBEDDING / HEADS * KV_HEADS;
        for (int block = 0; block < BLOCKS; block++) {
            String prefix = "blk." + block + ".";
            writer.tensor(prefix + "attn_norm.weight", random(random, EMBEDDING), EMBEDDING)
                    .tensor(prefix + "attn_q.weight", random(random, EMBEDDING * EMBEDDING), EMBEDDING, EMBEDDING)
                    .tensor(prefix + "attn_k.weight", random(random, EMBEDDING * kv), EMBEDDING, kv)
                    .tensor(prefix + "attn_v.weight", random(random, EMBEDDING * kv), EMBEDDING, kv)
                    .tensor(prefix + "attn_output.weight", random(random, EMBEDDING * EMBEDDING), EMBEDDING, EMBEDDING)
                    .tensor(prefix + "ffn_norm.weight", random(random, EMBEDDING), EMBEDDING)
                    .tensor(
                            prefix + "ffn_gate.weight",
                            random(random, EMBEDDING * FEED_FORWARD),
                            EMBEDDING,
                            FEED_FORWARD)
                    .tensor(prefix + "ffn_up.weight", random(random, EMBEDDING * FEED_FORWARD), EMBEDDING, FEED_FORWARD)
                    .tensor(
                            prefix + "ffn_down.weight",
                            random(random, EMBEDDING * FEED_FORWARD),
                            FEED_FORWARD,
                            EMBEDDING);
        }
        return writer.tensor("output_norm.weight", random(random, EMBEDDING), EMBEDDING);
    }

    /** Adds the byte-level vocabulary: ids 0 to 255 are the bytes in the order of their characters. */
    public static GgufWriter vocabulary(GgufWriter writer) {
        List<String> tokens = byteCharacters();
        tokens.addAll(List.of("he", "\u0120w", "<|start|>", "<|end|>", "<tool>", "<|pad|>"));
        int[] types = new int[VOCABULARY];
        Arrays.fill(types, 1);
        types[258] = 3;
        types[259] = 3;
        types[260] = 4;
        types[261] = 3;
        return writer.string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "smollm")
                .strings("tokenizer.ggml.tokens", tokens)
                .int32s("tokenizer.ggml.token_type", types)
                .strings("tokenizer.ggml.merges", List.of("h e", "\u0120 w"))
                .uint32("tokenizer.ggml.bos_token_id", 258)
                .uint32("tokenizer.ggml.eos_token_id", 259);
    }

    /** The byte-level alphabet: printable Latin-1 stands for itself, the rest is moved up from U+0100 on. */
    private static List<String> byteCharacters() {
        List<String> characters = new ArrayList<>();
        int moved = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value != 0xAD);
            characters.add(Character.toString(printable ? value : moved++));
        }
        return characters;
    }

    private static float[] random(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) (random.nextGaussian() * 0.1);
        }
        return values;
    }
}
