package troupe.engine.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import troupe.engine.store.CacheFolder;
import troupe.engine.store.ModelStore;
import troupe.engine.store.ProgressListener;

/** The default model's file, for tests that need a real one: pulled into the user's cache folder on first use. */
public final class DefaultModel {
    private DefaultModel() {}

    /** The file; downloads it (93 MB) where it is not there yet. Fails, and does not skip, where that is impossible. */
    public static Path path() {
        ModelStore store = ModelStore.of(cacheFolder());
        try {
            return store.pull(store.catalogue().defaultEntry().name(), ProgressListener.NONE);
        } catch (IOException e) {
            throw new UncheckedIOException("the default model could not be pulled", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pulling the default model", e);
        }
    }

    /** The user's cache folder. */
    public static Path cacheFolder() {
        return CacheFolder.ofThisUser();
    }
}
