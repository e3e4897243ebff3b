package troupe.engine.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Mutual exclusion over a lock file, between threads (a file lock belongs to the whole process) and between processes.
 * It ends with the process that holds it, however that dies; the empty file stays.
 */
public final class FileMutex implements AutoCloseable {
    private static final ConcurrentMap<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private final ReentrantLock threadLock;
    private final FileChannel channel;

    private FileMutex(ReentrantLock threadLock, FileChannel channel) {
        this.threadLock = threadLock;
        this.channel = channel;
    }

    /** Waits for the lock on {@code file}, a real path, which is created; {@code waiting} runs once if someone else has it. */
    public static FileMutex acquire(Path file, Runnable waiting) throws IOException, InterruptedException {
        ReentrantLock threadLock = IN_PROCESS.computeIfAbsent(file, path -> new ReentrantLock());
        boolean told = false;
        if (!threadLock.tryLock()) {
            waiting.run();
            told = true;
            threadLock.lockInterruptibly();
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock fileLock = channel.tryLock();
            if (fileLock == null) {
                if (!told) {
                    waiting.run();
                }
                channel.lock();
            }
            return new FileMutex(threadLock, channel);
        } catch (IOException | RuntimeException | Error e) {
            if (channel != null) {
                channel.close();
            }
            threadLock.unlock();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            threadLock.unlock();
        }
    }
}
