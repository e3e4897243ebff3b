package troupe.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir
    Path folder;

    @Test
    void shouldServeOnLoopbackByDefault() {
        Settings settings = Settings.load(null);
        assertEquals("127.0.0.1", settings.http().host());
        assertEquals(8000, settings.http().port());
    }

    @Test
    void shouldLetOverridesWinOverTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("a.conf"), "troupe.http { port = 9000, host = \"::1\" }");
        Settings settings = Settings.load(file, "troupe.http.port = 9001");
        assertEquals(9001, settings.http().port());
        assertEquals("::1", settings.http().host());
    }

    @Test
    void shouldNameTheKeyTheValueAndTheLimitWhenOutOfRange() {
        SettingsException e =
                assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http.port = 70000"));
        assertEquals("troupe.http.port is 70000, allowed are 0 to 65535", e.getMessage());
    }

    @Test
    void shouldRefuseAnUnknownKeyAndListTheKnownOnes() {
        SettingsException e = assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http.prot = 80"));
        assertEquals(
                "unknown setting troupe.http.prot; known here are drain-limit, host, max-open-requests,"
                        + " max-request-bytes, max-unread-events, port",
                e.getMessage());
    }

    @Test
    void shouldRefuseAValueInThePlaceOfASection() {
        SettingsException e = assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http = 5"));
        assertEquals("troupe.http is 5, a section { ... } of settings is required", e.getMessage());
    }

    @Test
    void shouldRefuseAFileThatCannotBeRead() {
        assertThrows(SettingsException.class, () -> Settings.load(folder.resolve("absent.conf")));
        assertThrows(SettingsException.class, () -> Settings.load(folder));
    }
}
