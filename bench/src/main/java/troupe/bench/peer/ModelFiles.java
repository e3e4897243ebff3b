package troupe.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Makes the files that both sides read and keeps them for later runs. */
public final class ModelFiles {
    private static final long SEED = 1;

    private final Path given;
    private final Path folder;
    private final LlamaCpp peer;

    /**
     * @param given the model of the user
     * @param folder where the others are kept, exists
     */
    public ModelFiles(Path given, Path folder, LlamaCpp peer) {
        this.given = given;
        this.folder = folder;
        this.peer = peer;
    }

    /** The file of a model, made first if it is not there. */
    public Path file(PeerModel model) throws IOException, InterruptedException {
        if (model == PeerModel.GIVEN) {
            return given;
        }
        String stem = model.random() ? "llama-1b-random" : stem(given);
        Path file = folder.resolve(stem + "-" + model.quantization() + ".gguf");
        if (!Files.isRegularFile(file)) {
            make(model, file);
        }
        return file;
    }

    private void make(PeerModel model, Path file) throws IOException, InterruptedException {
        System.err.println("making " + file);
        Path part = folder.resolve(file.getFileName() + ".part");
        Path random = folder.resolve("llama-1b-random-F16.gguf.part");
        try {
            if (model.random()) {
                RandomLlama.LLAMA_3_2_1B.write(random, SEED);
            }
            peer.quantize(model.random() ? random : given, part, model.quantization());
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
            Files.deleteIfExists(random);
        }
    }

    private static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
    }
}
