package troupe.bench.peer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.engine.gguf.Dequantizer;
import troupe.engine.model.Model;
import troupe.engine.model.ModelConfig;
import troupe.engine.model.ModelLoader;

class RandomLlamaTest {
    private static final RandomLlama SMALL = new RandomLlama("small", 2, 64, 96, 4, 2, 300, 128, 10_000);

    @Test
    void shouldWriteAModelThatTheEngineLoads(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("small.gguf");
        SMALL.write(file, 1);
        try (Model model = new ModelLoader(folder).load(file)) {
            assertEquals(new ModelConfig(2, 128, 64, 96, 4, 2, 16, 10_000, (double) 1e-5f, 300, true), model.config());
        }
    }

    @Test
    void shouldDrawWeightsOfTheSizeThatTrainingBeginsWith(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("small.gguf");
        SMALL.write(file, 1);
        try (Model model = new ModelLoader(folder).load(file)) {
            double squares = 0;
            float[] row = new float[64];
            for (int token = 0; token < 300; token++) {
                Dequantizer.row(model.tensors().tokenEmbedding(), token, row);
                for (float value : row) {
                    squares += value * value;
                }
            }
            assertEquals(0.02, Math.sqrt(squares / (300 * 64)), 0.001);
            float[] norm = new float[64];
            Dequantizer.row(model.tensors().outputNorm(), 0, norm);
            float[] ones = new float[64];
            Arrays.fill(ones, 1);
            assertArrayEquals(ones, norm);
        }
    }

    @Test
    void shouldWriteTheSameBytesForTheSameSeed(@TempDir Path folder) throws IOException {
        Path first = folder.resolve("first.gguf");
        Path second = folder.resolve("second.gguf");
        Path other = folder.resolve("other.gguf");
        SMALL.write(first, 1);
        SMALL.write(second, 1);
        SMALL.write(other, 2);
        assertEquals(-1, Files.mismatch(first, second));
        assertTrue(Files.mismatch(first, other) > 0);
        assertFalse(Files.size(first) % 32 != 0);
    }

    @Test
    void shouldRefuseAVocabularyTooSmallForBytes() {
        assertThrows(IllegalArgumentException.class, () -> new RandomLlama("none", 2, 64, 96, 4, 2, 299, 128, 10_000));
    }
}
