package troupe.engine.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;

/**
 * An open GGUF model file (versions 2 and 3, little-endian), mapped into memory read-only: opening reads the metadata
 * only, tensor data are paged in when they are touched. Closing unmaps the file, after which its tensors' data may not
 * be used. Source: the GGUF document of the ggml project.
 */
public final class GgufFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final GgufReader.Contents contents;

    private GgufFile(Path path, Arena arena, GgufReader.Contents contents) {
        this.path = path;
        this.arena = arena;
        this.contents = contents;
    }

    /**
     * Maps and parses {@code path}.
     *
     * @throws ModelFormatException where the file is malformed or exceeds a limit; the message begins with the path
     * @throws IOException where the file cannot be read
     */
    @SuppressWarnings("MustBeClosedChecker") // The arena lives as long as the returned file, which closes it.
    public static GgufFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new GgufFile(path, arena, GgufReader.read(file));
        } catch (ModelFormatException e) {
            arena.close();
            throw new ModelFormatException(path + ": " + e.getMessage(), e);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /** The version of the format: 2 or 3. */
    public int version() {
        return contents.version();
    }

    public GgufMetadata metadata() {
        return contents.metadata();
    }

    /** The tensors by name, in the file's order. */
    public Map<String, GgufTensor> tensors() {
        return Collections.unmodifiableMap(contents.tensors());
    }

    /** The tensor of that name, where the file has one. */
    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(contents.tensors().get(name));
    }

    @Override
    public void close() {
        arena.close();
    }
}
