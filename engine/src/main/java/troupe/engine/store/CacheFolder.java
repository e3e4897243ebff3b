package troupe.engine.store;

import java.nio.file.Path;
import java.util.Map;

/** Where Troupe keeps what it can get or compute again. */
public final class CacheFolder {
    private CacheFolder() {}

    /**
     * {@code TROUPE_CACHE}, else {@code troupe} in {@code XDG_CACHE_HOME}, else {@code .cache/troupe} in {@code home};
     * an empty variable counts as unset.
     */
    public static Path of(Map<String, String> environment, Path home) {
        String own = environment.getOrDefault("TROUPE_CACHE", "");
        if (!own.isEmpty()) {
            return Path.of(own);
        }
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        return (xdg.isEmpty() ? home.resolve(".cache") : Path.of(xdg)).resolve("troupe");
    }

    /** The folder by this process's environment and the user's home. */
    public static Path ofThisUser() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")));
    }
}
