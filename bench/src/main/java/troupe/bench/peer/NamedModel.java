package troupe.bench.peer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A model as its name or path is given on the command line.
 *
 * @param source a name, or the path of a file, as nodes are given it
 * @param name as requests name it
 */
public record NamedModel(String source, String name) {
    /**
     * The model that is asked for; {@value RandomLlama#SMALL_NAME} is made on the spot.
     *
     * @param folder of a file that is made
     * @param seed of its weights
     */
    public static NamedModel of(String asked, Path folder, long seed) throws IOException {
        if (asked.equals(RandomLlama.SMALL_NAME)) {
            Path file = folder.resolve(asked + ".gguf");
            RandomLlama.SMALL.write(file, seed);
            return new NamedModel(file.toString(), asked);
        }
        return new NamedModel(
                asked,
                asked.endsWith(".gguf")
                        ? String.valueOf(Path.of(asked).getFileName()).replaceAll("\\.gguf$", "")
                        : asked);
    }
}
