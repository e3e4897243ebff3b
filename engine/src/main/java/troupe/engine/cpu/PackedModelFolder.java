package troupe.engine.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.engine.cpu.PackedFileRetention.Kept;
import troupe.engine.cpu.PackedFileRetention.Removal;
import troupe.engine.store.FileMutex;
import troupe.kernels.NativeMemory;
import troupe.kernels.WorkerPool;

/**
 * Packed weights in files of a folder: made by the first start, mapped by every later one, in memory once for all
 * processes that map them, in huge pages where the system has them for files.
 *
 * <ul>
 *   <li>A file appears under its name whole and forced to the disk, by a rename, or not at all.
 *   <li>It is used only if its length, its footer and the sums of its content are right; else it is made anew.
 *   <li>Of several processes that lack a file, one makes it and the others wait. What a killed one left goes with the
 *       next that makes a file, and so does what {@link PackedFileRetention} gives up, unless a process uses it.
 *   <li>A folder that cannot be read or written, or a full disk, costs the packing at each start, nothing else.
 * </ul>
 *
 * The files are the user's own: other users can neither read nor harm them. Whoever cuts a file short while it is mapped
 * ends the processes that map it.
 */
final class PackedModelFolder {
    private static final Logger LOG = LoggerFactory.getLogger(PackedModelFolder.class);
    private static final String UNFINISHED = "packing";
    private static final long SPARE_BYTES = 64L << 20;

    /** Writes the content of a new file. */
    @FunctionalInterface
    interface Writer {
        void write(PackedFormat format, FileChannel channel, MemorySegment packed) throws IOException;
    }

    private final Path folder;
    private final InstantSource clock;
    private final PackedFileRetention retention;
    private final Writer writer;

    PackedModelFolder(Path folder, InstantSource clock, PackedFileRetention retention, Writer writer) {
        this.folder = folder;
        this.clock = clock;
        this.retention = retention;
        this.writer = writer;
    }

    PackedModelFolder(Path folder) {
        this(folder, InstantSource.system(), PackedFileRetention.DEFAULT, PackedFormat::write);
    }

    /**
     * Gets the packed form of a model.
     *
     * @param arena the weights live as long as this
     * @param fill writes the packed form, called at most once, and only if no good file is there
     */
    PackedWeights open(PackedFormat format, Arena arena, WorkerPool pool, Consumer<MemorySegment> fill) {
        Path file = folder.resolve(PackedFileName.of(format.checksum()).toString());
        try {
            Optional<PackedWeights> present = map(file, format, arena, pool);
            if (present.isPresent()) {
                return present.get();
            }
            Files.createDirectories(folder);
            Runnable waiting = () -> LOG.info("waiting for another process that packs weights in {}", folder);
            try (FileMutex _ = FileMutex.acquire(folder.toRealPath().resolve("." + UNFINISHED + ".lock"), waiting)) {
                Optional<PackedWeights> madeMeanwhile = map(file, format, arena, pool);
                return madeMeanwhile.isPresent() ? madeMeanwhile.get() : make(file, format, arena, pool, fill);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while another process packed weights", e);
        } catch (IOException e) {
            warn(e);
            MemorySegment packed = NativeMemory.allocate(arena, format.bytes());
            fill.accept(packed);
            return new PackedWeights(packed, false);
        }
    }

    private void warn(IOException e) {
        LOG.warn("packed weights cannot be kept in {} ({}), so every start packs them anew", folder, e.toString());
    }

    /** Empty where there is no file, or not a good one. */
    @SuppressWarnings("MustBeClosedChecker") // closed at once, or with the caller's arena
    private Optional<PackedWeights> map(Path file, PackedFormat format, Arena arena, WorkerPool pool)
            throws IOException {
        FileUse use;
        try {
            use = FileUse.open(file, clock.instant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Arena mapping = Arena.ofShared();
        Runnable end = () -> {
            mapping.close();
            use.close();
        };
        boolean good = false;
        try {
            if (format.matches(use.channel())) {
                MemorySegment mapped = map(use.channel(), format.bytes(), mapping);
                good = format.isIntact(use.channel(), mapped, pool);
                if (good) {
                    NativeMemory.whenClosed(arena, end);
                    return Optional.of(new PackedWeights(mapped, true));
                }
            }
            return Optional.empty();
        } finally {
            if (!good) {
                end.run();
            }
        }
    }

    /** Linux places a mapping of this size at a multiple of a huge page; the advice makes it use them. */
    private static MemorySegment map(FileChannel channel, long bytes, Arena arena) throws IOException {
        MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
        boolean advised = NativeMemory.adviseHugePages(mapped);
        LOG.debug("mapped {} bytes, huge pages asked for: {}", bytes, advised);
        return mapped;
    }

    /** Packs into memory, then writes that, so that a full disk is an error and not a signal. */
    @SuppressWarnings("MustBeClosedChecker") // closed at once, or with the caller's arena
    private PackedWeights make(
            Path file, PackedFormat format, Arena arena, WorkerPool pool, Consumer<MemorySegment> fill) {
        if (Files.exists(file)) {
            LOG.warn("{} is damaged or not ours; it is made anew", file);
        }
        Arena packing = Arena.ofShared();
        boolean needed = false;
        try {
            MemorySegment packed = NativeMemory.allocate(packing, format.bytes());
            fill.accept(packed);
            try {
                removeUnneeded();
                write(file, format, packed);
                Optional<PackedWeights> mapped = map(file, format, arena, pool);
                if (mapped.isPresent()) {
                    return mapped.get();
                }
            } catch (IOException e) {
                warn(e);
            }
            NativeMemory.whenClosed(arena, packing::close);
            needed = true;
            return new PackedWeights(packed, false);
        } finally {
            if (!needed) {
                packing.close();
            }
        }
    }

    private void write(Path file, PackedFormat format, MemorySegment packed) throws IOException {
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (usable < format.fileBytes() + SPARE_BYTES) {
            throw new IOException("the disk has " + usable + " bytes free, the packed weights need "
                    + format.fileBytes() + " and " + SPARE_BYTES + " are to stay free");
        }
        Path unfinished = Files.createTempFile(folder, UNFINISHED, ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                writer.write(format, channel, packed);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** To be called with the mutex held: then every unfinished file is a dead process's. */
    private void removeUnneeded() {
        try {
            removeUnfinished();
            for (Removal removal : retention.removals(files(), clock.instant())) {
                if (FileUse.removeUnused(removal.file().path())) {
                    LOG.info("removed {}: {}", removal.file().path(), removal.reason());
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.info("unneeded files cannot be removed from {} ({})", folder, e.toString());
        }
    }

    private void removeUnfinished() throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, UNFINISHED + "*.tmp")) {
            for (Path path : entries) {
                Files.deleteIfExists(path);
                LOG.info("removed {}, which a start that was killed left", path);
            }
        }
    }

    private List<Kept> files() throws IOException {
        List<Kept> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path path : entries) {
                Optional<PackedFileName> parsed = PackedFileName.parse(String.valueOf(path.getFileName()));
                if (parsed.isPresent()) {
                    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
                    files.add(new Kept(
                            path,
                            parsed.get(),
                            attributes.size(),
                            attributes.lastModifiedTime().toInstant()));
                }
            }
        }
        return files;
    }
}
