package troupe.engine.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.kernels.NativeMemory;
import troupe.kernels.PackedMatrix;

/**
 * Packed weights in a file beside the model's, made by the first start and mapped by every later one. The name has the
 * model's checksum and the layout's version, and the file appears whole or not at all. A cache that cannot be written
 * costs the repacking at each start, nothing else.
 */
final class PackedModelFile {
    private static final Logger LOG = LoggerFactory.getLogger(PackedModelFile.class);

    private static final int HEADER_BYTES = 4096;
    private static final long MAGIC = 0x4b41_5045_5055_4f52L; // "ROUPEPAK"

    private PackedModelFile() {}

    /**
     * Gives the packed bytes of a model.
     *
     * @param folder where packed files live; made if absent
     * @param checksum of the model's file, hexadecimal
     * @param bytes length of the packed form
     * @param fill writes the packed form, called only if no good file is there
     */
    static MemorySegment open(Path folder, String checksum, long bytes, Arena arena, Consumer<MemorySegment> fill) {
        Path file = folder.resolve(checksum + "-v" + PackedMatrix.LAYOUT_VERSION + ".packed");
        try {
            if (!isGood(file, checksum, bytes)) {
                build(folder, file, checksum, bytes, fill);
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, HEADER_BYTES + bytes, arena)
                        .asSlice(HEADER_BYTES);
            }
        } catch (IOException e) {
            LOG.warn("packed weights cannot be kept in {} ({}), so every start packs them anew", folder, e.toString());
            MemorySegment memory = NativeMemory.allocate(arena, bytes);
            fill.accept(memory);
            return memory;
        }
    }

    private static boolean isGood(Path file, String checksum, long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            if (channel.size() != HEADER_BYTES + bytes) {
                return false;
            }
            MemorySegment header = channel.map(FileChannel.MapMode.READ_ONLY, 0, HEADER_BYTES, arena);
            return header.get(ValueLayout.JAVA_LONG, 0) == MAGIC
                    && header.get(ValueLayout.JAVA_LONG, 8) == bytes
                    && header.asSlice(16, checksum.length())
                                    .mismatch(MemorySegment.ofArray(checksum.getBytes(StandardCharsets.US_ASCII)))
                            < 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static void build(Path folder, Path file, String checksum, long bytes, Consumer<MemorySegment> fill)
            throws IOException {
        Files.createDirectories(folder);
        Path unfinished = Files.createTempFile(folder, "packing", ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.READ, StandardOpenOption.WRITE);
                    Arena arena = Arena.ofShared()) {
                requireSpace(folder, bytes);
                MemorySegment all = channel.map(FileChannel.MapMode.READ_WRITE, 0, HEADER_BYTES + bytes, arena);
                all.set(ValueLayout.JAVA_LONG, 0, MAGIC);
                all.set(ValueLayout.JAVA_LONG, 8, bytes);
                MemorySegment.copy(
                        MemorySegment.ofArray(checksum.getBytes(StandardCharsets.US_ASCII)),
                        0,
                        all,
                        16,
                        checksum.length());
                fill.accept(all.asSlice(HEADER_BYTES));
                all.force();
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** Writing to a mapped page that the disk has no room for kills the process, so the room is checked first. */
    private static void requireSpace(Path folder, long bytes) throws IOException {
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (usable < bytes + HEADER_BYTES + (64L << 20)) {
            throw new IOException(folder + " has " + usable + " bytes free, the packed weights need " + bytes);
        }
    }
}
