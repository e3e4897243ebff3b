package troupe.engine.model;

import java.util.Optional;
import troupe.engine.gguf.GgufFile;
import troupe.engine.tokenizer.Tokenizer;

/**
 * A loaded model. Its tensors' data are in the mapped file and may not be used after {@link #close}.
 *
 * @param name what requests call it
 * @param config its shape
 * @param tensors its weights
 * @param tokenizer its vocabulary
 * @param chatTemplate the Jinja template that renders conversations, where the file has one
 * @param sha256 the SHA-256 of the file in lower-case hexadecimal: two models are the same where this is
 * @param file the open file
 */
public record Model(
        String name,
        ModelConfig config,
        LlamaTensors tensors,
        Tokenizer tokenizer,
        Optional<String> chatTemplate,
        String sha256,
        GgufFile file)
        implements AutoCloseable {
    @Override
    public void close() {
        file.close();
    }
}
