package troupe.engine.cpu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that this process reads for a while, marked so that no process removes it as unused. The mark is a shared lock,
 * which ends with the process however that dies. Where a file system has no locks, nothing is marked or removed.
 */
final class FileUse implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileUse.class);

    /**
     * The channels of this process to each file in use. POSIX drops all of a process's locks on a file when any of its
     * descriptors is closed, so they are closed together, after the last use, and nothing else may open the file.
     */
    private static final Map<Path, Channels> IN_PROCESS = new HashMap<>();

    private static final class Channels {
        final List<FileChannel> open = new ArrayList<>();
        int uses;
    }

    private final Path file;
    private final FileChannel channel;

    private FileUse(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens a file for reading. Its time of modification becomes {@code now}, if this is the first use of the process. */
    static FileUse open(Path file, Instant now) throws IOException {
        Path real = file.toRealPath();
        synchronized (IN_PROCESS) {
            Channels channels = IN_PROCESS.get(real);
            if (channels == null) {
                noteTime(real, now); // opens the file: so only while nothing is locked
                channels = new Channels();
            }
            FileChannel channel = FileChannel.open(real, StandardOpenOption.READ);
            mark(channel, channels.open.size());
            channels.open.add(channel);
            channels.uses++;
            IN_PROCESS.put(real, channels);
            return new FileUse(real, channel);
        }
    }

    private static void noteTime(Path file, Instant now) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(now));
        } catch (IOException e) {
            LOG.debug("the time of use cannot be noted", e);
        }
    }

    /** Each use of a process has a byte of its own, since the JVM refuses locks of its own that overlap. */
    private static void mark(FileChannel channel, long position) {
        try {
            FileLock _ = channel.lock(position, 1, true);
        } catch (IOException e) {
            LOG.debug("a file cannot be marked as used", e);
        }
    }

    /** For reading; stays open until this is closed. */
    FileChannel channel() {
        return channel;
    }

    /** Removes a file unless a process uses it; whether it did. */
    static boolean removeUnused(Path file) throws IOException {
        synchronized (IN_PROCESS) {
            Path real = file.toRealPath();
            if (IN_PROCESS.containsKey(real)) {
                return false;
            }
            try (FileChannel probe = FileChannel.open(real, StandardOpenOption.WRITE)) {
                @Nullable FileLock alone = probe.tryLock();
                return alone != null && Files.deleteIfExists(real);
            }
        }
    }

    @Override
    public void close() {
        synchronized (IN_PROCESS) {
            Channels channels = IN_PROCESS.get(file);
            if (channels == null || --channels.uses > 0) {
                return;
            }
            IN_PROCESS.remove(file);
            for (FileChannel each : channels.open) {
                try {
                    each.close();
                } catch (IOException e) {
                    LOG.debug("a packed file's channel cannot be closed", e);
                }
            }
        }
    }
}
