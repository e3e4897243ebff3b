package troupe.bench.peer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * A model of the Llama architecture with random weights, which costs as much to compute as a trained one: F16, normally
 * distributed, tied embeddings, a made-up byte-level vocabulary. Read by this engine and by llama.cpp.
 *
 * @param embedding a multiple of heads
 * @param vocabulary at least {@value #LEAST_VOCABULARY}
 */
public record RandomLlama(
        String name,
        int blocks,
        int embedding,
        int feedForward,
        int heads,
        int headsKv,
        int vocabulary,
        int context,
        float ropeBase) {
    /** The shape of Llama-3.2-1B, with less context. */
    static final RandomLlama LLAMA_3_2_1B =
            new RandomLlama("llama-1b-random", 16, 2048, 8192, 32, 8, 128_256, 8192, 500_000);

    /** Of {@link #SMALL}. */
    public static final String SMALL_NAME = "random-small";

    /** A model of 9 MB, for a second one beside a trained one. */
    public static final RandomLlama SMALL = new RandomLlama(SMALL_NAME, 4, 256, 768, 4, 2, 1024, 2048, 10_000);

    static final int LEAST_VOCABULARY = 300;

    private static final float DEVIATION = 0.02f;
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;

    public RandomLlama {
        if (vocabulary < LEAST_VOCABULARY) {
            throw new IllegalArgumentException(
                    "vocabulary is " + vocabulary + ", at least " + LEAST_VOCABULARY + " is required");
        }
    }

    /** Writes the file; the same bytes for the same seed. */
    public void write(Path file, long seed) throws IOException {
        GgufStream gguf = new GgufStream();
        metadata(gguf);
        GgufStream.Content ones = RandomLlama::ones;
        GgufStream.Content weights = normal(seed);
        int kv = embedding / heads * headsKv;
        gguf.tensor("token_embd.weight", GgufStream.F16, weights, embedding, vocabulary);
        for (int block = 0; block < blocks; block++) {
            String prefix = "blk." + block + ".";
            gguf.tensor(prefix + "attn_norm.weight", GgufStream.F32, ones, embedding)
                    .tensor(prefix + "attn_q.weight", GgufStream.F16, weights, embedding, embedding)
                    .tensor(prefix + "attn_k.weight", GgufStream.F16, weights, embedding, kv)
                    .tensor(prefix + "attn_v.weight", GgufStream.F16, weights, embedding, kv)
                    .tensor(prefix + "attn_output.weight", GgufStream.F16, weights, embedding, embedding)
                    .tensor(prefix + "ffn_norm.weight", GgufStream.F32, ones, embedding)
                    .tensor(prefix + "ffn_gate.weight", GgufStream.F16, weights, embedding, feedForward)
                    .tensor(prefix + "ffn_up.weight", GgufStream.F16, weights, embedding, feedForward)
                    .tensor(prefix + "ffn_down.weight", GgufStream.F16, weights, feedForward, embedding);
        }
        gguf.tensor("output_norm.weight", GgufStream.F32, ones, embedding).write(file);
    }

    private void metadata(GgufStream gguf) {
        int[] types = new int[vocabulary];
        Arrays.fill(types, NORMAL);
        types[vocabulary - 2] = CONTROL;
        types[vocabulary - 1] = CONTROL;
        gguf.string("general.architecture", "llama")
                .string("general.name", name)
                .uint32("general.file_type", 1) // mostly F16
                .uint32("llama.block_count", blocks)
                .uint32("llama.context_length", context)
                .uint32("llama.embedding_length", embedding)
                .uint32("llama.feed_forward_length", feedForward)
                .uint32("llama.attention.head_count", heads)
                .uint32("llama.attention.head_count_kv", headsKv)
                .uint32("llama.rope.dimension_count", embedding / heads)
                .float32("llama.rope.freq_base", ropeBase)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .uint32("llama.vocab_size", vocabulary)
                .string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "llama-bpe")
                .strings("tokenizer.ggml.tokens", tokens())
                .int32s("tokenizer.ggml.token_type", types)
                .strings("tokenizer.ggml.merges", List.of("h e"))
                .uint32("tokenizer.ggml.bos_token_id", vocabulary - 2)
                .uint32("tokenizer.ggml.eos_token_id", vocabulary - 1)
                .string("tokenizer.chat_template", "{{ messages[0]['content'] }}");
    }

    /** The bytes, one merged pair, made-up words that no text is cut into, and the control tokens. */
    private List<String> tokens() {
        List<String> tokens = new ArrayList<>(vocabulary);
        int moved = 0x100; // bytes that cannot be printed are moved up from here, as GPT-2 does it
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value != 0xAD);
            tokens.add(Character.toString(printable ? value : moved++));
        }
        tokens.add("he");
        while (tokens.size() < vocabulary - 2) {
            tokens.add("\u0120w" + tokens.size()); // a space and a word
        }
        tokens.add("<|begin|>");
        tokens.add("<|end|>");
        return tokens;
    }

    private static void ones(ByteBuffer buffer) {
        while (buffer.hasRemaining()) {
            buffer.putFloat(1);
        }
    }

    /** F16 numbers drawn from a table of normally distributed ones: a hundred times faster than drawing each anew. */
    private static GgufStream.Content normal(long seed) {
        Random random = new Random(seed);
        short[] table = new short[1 << 16];
        for (int i = 0; i < table.length; i++) {
            table[i] = Float.floatToFloat16((float) random.nextGaussian() * DEVIATION);
        }
        SplittableRandom choice = new SplittableRandom(seed);
        return buffer -> {
            while (buffer.hasRemaining()) {
                long four = choice.nextLong();
                for (int i = 0; i < 4 && buffer.hasRemaining(); i++) {
                    buffer.putShort(table[(int) (four >>> (16 * i)) & 0xffff]);
                }
            }
        };
    }
}
