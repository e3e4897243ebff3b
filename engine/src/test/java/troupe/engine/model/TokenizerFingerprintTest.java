package troupe.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.engine.testing.GgufWriter;
import troupe.engine.testing.TinyLlama;

class TokenizerFingerprintTest {
    @TempDir
    Path folder;

    @Test
    void shouldShowAnotherMergeAndNothingElse() throws IOException {
        String one = fingerprint("one.gguf", TinyLlama.writer(1));
        assertEquals(32, one.length());
        assertEquals(one, fingerprint("weights.gguf", TinyLlama.writer(2)));
        GgufWriter merges = TinyLlama.writer(1).strings("tokenizer.ggml.merges", java.util.List.of("\u0120 w"));
        assertNotEquals(one, fingerprint("merges.gguf", merges));
    }

    private String fingerprint(String name, GgufWriter writer) throws IOException {
        Path file = folder.resolve(name);
        writer.write(file);
        try (Model model = new ModelLoader(folder).load(file)) {
            return TokenizerFingerprint.of(model.tokenizer());
        }
    }
}
