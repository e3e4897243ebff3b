package troupe.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.store.CacheFolder;
import troupe.engine.store.ModelReference;
import troupe.engine.store.ModelStore;

/** Finds, fetches and loads models for the commands. */
final class Models {
    private final Path cacheFolder;
    private final ModelStore store;

    Models(Path cacheFolder) {
        this.cacheFolder = cacheFolder;
        this.store = ModelStore.of(cacheFolder);
    }

    static Models ofThisUser() {
        return new Models(CacheFolder.ofThisUser());
    }

    Path cacheFolder() {
        return cacheFolder;
    }

    ModelStore store() {
        return store;
    }

    /** The model's file, fetched first if it is a known model that is not there yet; progress goes to stderr. */
    @SuppressWarnings("ClosingStandardOutputStreams") // closing the progress closes its bar, not the stream
    ModelReference fetch(String nameOrPath) throws IOException, InterruptedException {
        ModelReference reference = store.resolve(nameOrPath);
        if (reference.present()) {
            return reference;
        }
        try (PullProgress progress = new PullProgress(reference.name(), System.err, isTerminal())) {
            return new ModelReference(reference.name(), store.pull(reference.name(), progress), true);
        }
    }

    Model load(ModelReference reference) throws IOException {
        return new ModelLoader(cacheFolder).load(reference.path(), reference.name());
    }

    @SuppressWarnings("SystemConsoleNull") // its signature still allows null
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
