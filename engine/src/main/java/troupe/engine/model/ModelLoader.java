package troupe.engine.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import troupe.engine.gguf.GgufFile;
import troupe.engine.gguf.ModelFormatException;
import troupe.engine.tokenizer.HuggingFaceTokenizer;
import troupe.engine.tokenizer.Tokenizer;

/** Loads models from GGUF files. */
public final class ModelLoader {
    private static final String EXTENSION = ".gguf";
    private static final int MAX_TEMPLATE_CHARACTERS = 1 << 20;

    private final Path cacheFolder;
    private final ModelIdentity identity;

    /** A loader that remembers checksums and unpacks native libraries below {@code cacheFolder}. */
    public ModelLoader(Path cacheFolder) {
        this.cacheFolder = cacheFolder;
        this.identity = new ModelIdentity(cacheFolder);
    }

    /** Loads {@code path} under its file name without {@code .gguf}. */
    public Model load(Path path) throws IOException {
        String fileName = String.valueOf(path.getFileName());
        String name =
                fileName.endsWith(EXTENSION) ? fileName.substring(0, fileName.length() - EXTENSION.length()) : fileName;
        return load(path, name);
    }

    /**
     * Loads {@code path} under the name that requests are to use. Weights are mapped, not read, but for the checksum
     * where it is not yet known.
     *
     * @throws ModelFormatException where the file is malformed or needs what is not supported; the message begins with
     *     the path
     * @throws IOException where the file cannot be read
     */
    public Model load(Path path, String name) throws IOException {
        GgufFile file = GgufFile.open(path);
        try {
            return load(file, name);
        } catch (ModelFormatException e) {
            file.close();
            throw new ModelFormatException(path + ": " + e.getMessage(), e);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private Model load(GgufFile file, String name) throws IOException {
        boolean tiedOutput = file.tensor(LlamaTensors.OUTPUT).isEmpty();
        ModelConfig config = ModelConfig.of(file.metadata(), tiedOutput);
        LlamaTensors tensors = LlamaTensors.of(file, config);
        Tokenizer tokenizer = HuggingFaceTokenizer.of(file.metadata(), cacheFolder);
        Optional<String> template = file.metadata().optionalString("tokenizer.chat_template");
        if (template.isPresent() && template.get().length() > MAX_TEMPLATE_CHARACTERS) {
            throw new ModelFormatException("tokenizer.chat_template has "
                    + template.get().length() + " characters; the limit is " + MAX_TEMPLATE_CHARACTERS);
        }
        return new Model(name, config, tensors, tokenizer, template, identity.sha256(file.path()), file);
    }
}
