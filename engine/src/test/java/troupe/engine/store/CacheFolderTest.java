package troupe.engine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheFolderTest {
    private static final Path HOME = Path.of("/home/ada");

    @Test
    void shouldPreferItsOwnVariableThenTheDesktopsThenTheHome() {
        assertEquals(Path.of("/fast"), CacheFolder.of(Map.of("TROUPE_CACHE", "/fast", "XDG_CACHE_HOME", "/xdg"), HOME));
        assertEquals(Path.of("/xdg/troupe"), CacheFolder.of(Map.of("XDG_CACHE_HOME", "/xdg"), HOME));
        assertEquals(Path.of("/home/ada/.cache/troupe"), CacheFolder.of(Map.of(), HOME));
        assertEquals(
                Path.of("/home/ada/.cache/troupe"),
                CacheFolder.of(Map.of("TROUPE_CACHE", "", "XDG_CACHE_HOME", ""), HOME));
    }
}
