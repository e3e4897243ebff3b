package troupe.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.engine.gguf.ModelFormatException;
import troupe.engine.gguf.TensorType;
import troupe.engine.testing.DefaultModel;
import troupe.engine.testing.GgufWriter;
import troupe.engine.testing.ReferenceFigures;
import troupe.engine.testing.Refusal;
import troupe.engine.testing.TinyLlama;

class ModelLoaderTest {
    @TempDir
    Path folder;

    private ModelLoader loader = new ModelLoader(Path.of(""));

    @BeforeEach
    void createLoader() {
        loader = new ModelLoader(folder.resolve("cache"));
    }

    @Test
    void shouldLoadTheDefaultModel() throws IOException {
        ModelLoader userLoader = new ModelLoader(DefaultModel.cacheFolder());
        try (Model model = userLoader.load(DefaultModel.path())) {
            assertEquals(
                    new ModelConfig(
                            30,
                            8192,
                            576,
                            1536,
                            9,
                            3,
                            64,
                            100_000,
                            model.config().rmsEpsilon(),
                            49_152,
                            true),
                    model.config());
            assertEquals(1e-5f, (float) model.config().rmsEpsilon());
            assertEquals("SmolLM2-135M-Instruct.Q4_1", model.name());
            assertEquals(ReferenceFigures.load().path("sha256").asText(), model.sha256());
            assertEquals(30, model.tensors().blocks().size());
            assertEquals(
                    TensorType.Q4_1, model.tensors().blocks().get(29).down().type());
            assertEquals(TensorType.Q8_0, model.tensors().tokenEmbedding().type());
            assertSame(model.tensors().tokenEmbedding(), model.tensors().output());
            assertTrue(model.chatTemplate().orElseThrow().contains("<|im_start|>"));
            assertEquals(2, model.tokenizer().specialTokens().eos().orElseThrow());
        }
    }

    @Test
    void shouldLoadATiedAndAnUntiedModel() throws IOException {
        try (Model model = loader.load(TinyLlama.writer(1).write(folder.resolve("tiny.gguf")), "mine")) {
            assertEquals("mine", model.name());
            assertTrue(model.config().tiedOutput());
            assertEquals(8, model.config().headDimension());
            assertEquals(16, model.config().keyValueLength());
            assertEquals(10_000, model.config().ropeFrequencyBase());
        }
        float[] output = new float[TinyLlama.EMBEDDING * TinyLlama.VOCABULARY];
        GgufWriter untied =
                TinyLlama.writer(1).tensor("output.weight", output, TinyLlama.EMBEDDING, TinyLlama.VOCABULARY);
        try (Model model = loader.load(untied.write(folder.resolve("untied.gguf")))) {
            assertEquals("untied", model.name());
            assertFalse(model.config().tiedOutput());
            assertEquals("output.weight", model.tensors().output().name());
        }
    }

    @Test
    void shouldNameThePathInErrors() {
        Path path = TinyLlama.writer(1)
                .remove("tokenizer.ggml.tokens")
                .string("general.architecture", "mamba")
                .write(folder.resolve("m.gguf"));
        Refusal.assertRefused(path + ": general.architecture is mamba; supported are llama", () -> loader.load(path));
        assertThrows(NoSuchFileException.class, () -> loader.load(folder.resolve("gone.gguf")));
    }

    @Test
    void shouldDefaultKeyValueHeadsToTheQueryHeads() {
        assertRefused(
                "tensor blk.0.attn_k.weight has the shape [32, 16]; by the metadata it must be [32, 32]",
                TinyLlama.writer(1).remove("llama.attention.head_count_kv"));
    }

    @Test
    void shouldRefuseImpossibleShapes() {
        assertRefused(
                "llama.attention.head_count is 4, not a multiple of llama.attention.head_count_kv, 3",
                TinyLlama.writer(1).uint32("llama.attention.head_count_kv", 3));
        assertRefused(
                "llama.embedding_length is 30, not a multiple of llama.attention.head_count, 4",
                TinyLlama.writer(1).uint32("llama.embedding_length", 30));
        assertRefused("llama.block_count is 0", TinyLlama.writer(1).uint32("llama.block_count", 0));
        assertRefused(
                "the metadata have no llama.context_length", TinyLlama.writer(1).remove("llama.context_length"));
        assertRefused(
                "llama.vocab_size is 9; tokenizer.ggml.tokens has 262",
                TinyLlama.writer(1).uint32("llama.vocab_size", 9));
        assertRefused("head dimension", TinyLlama.writer(1).uint32("llama.attention.key_length", 7));
        assertRefused(
                "llama.rope.dimension_count is 4; supported is only the head dimension, 8",
                TinyLlama.writer(1).uint32("llama.rope.dimension_count", 4));
        assertRefused(
                "llama.attention.value_length is 16", TinyLlama.writer(1).uint32("llama.attention.value_length", 16));
    }

    @Test
    void shouldRefuseWhatWouldChangeTheArithmetic() {
        assertRefused(
                "llama.rope.scaling.type is yarn; supported is none",
                TinyLlama.writer(1).string("llama.rope.scaling.type", "yarn"));
        assertRefused(
                "llama.rope.scaling.factor is the number 4.0",
                TinyLlama.writer(1).float32("llama.rope.scaling.factor", 4));
        assertRefused("llama.expert_count is the integer 8", TinyLlama.writer(1).uint32("llama.expert_count", 8));
        assertRefused("llama.attention.causal is false", TinyLlama.writer(1).bool("llama.attention.causal", false));
        assertRefused("rope_freqs.weight", TinyLlama.writer(1).tensor("rope_freqs.weight", new float[4], 4));
    }

    @Test
    void shouldLoadAFileThatStatesNeutralScaling() throws IOException {
        GgufWriter writer = TinyLlama.writer(1)
                .string("llama.rope.scaling.type", "none")
                .float32("llama.rope.scaling.factor", 1)
                .uint32("llama.expert_count", 0);
        try (Model model = loader.load(writer.write(folder.resolve("neutral.gguf")))) {
            assertEquals(2, model.config().blockCount());
        }
    }

    @Test
    void shouldRefuseMissingAndUnexpectedTensors() {
        assertRefused(
                "the file has no tensor blk.1.ffn_up.weight",
                TinyLlama.writer(1).removeTensor("blk.1.ffn_up.weight"));
        assertRefused(
                "tensor blk.0.attn_q.bias has no role in the llama architecture",
                TinyLlama.writer(1).tensor("blk.0.attn_q.bias", new float[32], 32));
        assertRefused(
                "tensor output_norm.weight has type F16; a norm must be F32",
                TinyLlama.writer(1)
                        .removeTensor("output_norm.weight")
                        .tensor("output_norm.weight", 1, new byte[64], 32));
    }

    @Test
    void shouldOnlyEverThrowModelFormatExceptionWhenMutated() throws IOException {
        byte[] valid = TinyLlama.writer(1).toBytes();
        Random random = new Random(5);
        Path path = folder.resolve("mutant.gguf");
        int refused = 0;
        for (int i = 0; i < 800; i++) {
            byte[] mutant = valid.clone();
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                mutant[24 + random.nextInt(10_000)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(path, mutant);
            try (Model model = loader.load(path)) {
                model.tokenizer().encode("hello <|end|> \u00e9", i % 2 == 0);
            } catch (ModelFormatException e) {
                refused++;
            }
        }
        assertTrue(refused > 150, "only " + refused + " mutants were refused");
    }

    @Test
    void shouldListWhatItSupports() {
        assertEquals(List.of("llama"), ModelConfig.SUPPORTED_ARCHITECTURES);
    }

    private void assertRefused(String expected, GgufWriter writer) {
        Path path = writer.write(folder.resolve("refused.gguf"));
        Refusal.assertRefused(expected, () -> loader.load(path));
    }
}
