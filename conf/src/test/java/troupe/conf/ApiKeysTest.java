package troupe.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiKeysTest {
    private static final String ONE = "a".repeat(64);
    private static final String TWO = "0123456789abcdef".repeat(4);

    @TempDir
    Path folder;

    private static List<ApiKey> parse(String text) {
        return ApiKeys.parse("keys.conf", text);
    }

    private static String refusal(String text) {
        return String.valueOf(
                assertThrows(SettingsException.class, () -> parse(text)).getMessage());
    }

    @Test
    void shouldReadKeysWithAndWithoutLimits() {
        List<ApiKey> keys = parse("""
                keys = [
                  { name = batch, sha256 = "%s", weight = 3, priority = 10, max-open-requests = 8,
                    requests-per-minute = 60, tokens-per-minute = 100000 }
                  { name = team-a, sha256 = "%s" }
                ]
                """.formatted(ONE, TWO));
        assertEquals(2, keys.size());
        ApiKey batch = keys.getFirst();
        assertEquals("batch", batch.name());
        assertEquals(ONE, batch.hash().toString());
        assertEquals(3, batch.weight());
        assertEquals(10, batch.leastPriority());
        assertEquals(new KeyLimits(8, 60, 100_000), batch.limits());
        ApiKey team = keys.getLast();
        assertEquals(1, team.weight());
        assertEquals(0, team.leastPriority());
        assertEquals(KeyLimits.NONE, team.limits());
    }

    @Test
    void shouldReadLinesThatWereAppendedAndJson() {
        ApiKey.Hash hash = ApiKey.Hash.of("some key");
        List<ApiKey> appended = parse(ApiKeys.entry("a", hash) + "\n" + ApiKeys.entry("b", ApiKey.Hash.of("other")));
        assertEquals(List.of("a", "b"), appended.stream().map(ApiKey::name).toList());
        assertEquals(hash, appended.getFirst().hash());
        assertEquals(
                appended.getFirst(),
                parse("{\"keys\": [{\"name\": \"a\", \"sha256\": \"" + hash + "\"}]}")
                        .getFirst());
    }

    @Test
    void shouldHashAsSha256Does() {
        assertEquals(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                ApiKey.Hash.of("abc").toString());
        assertNotEquals(ApiKey.Hash.of("abc"), ApiKey.Hash.of("abd"));
    }

    @Test
    void shouldTakeNoKeysForKeysThatNobodyHas() {
        assertEquals(List.of(), parse("keys = []"));
        assertTrue(refusal("").contains("keys"), () -> refusal(""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "weigth = 2 | unknown field weigth; known here are max-open-requests, name,",
                "weight = 0 | weight is 0, allowed are 1 to 1000000",
                "weight = 99999999999 | weight is 99999999999, allowed are 1 to 1000000",
                "max-open-requests = 0 | max-open-requests is 0, allowed are 1 to 2147483647",
                "requests-per-minute = -1 | requests-per-minute is -1,",
                "tokens-per-minute = 0 | tokens-per-minute is 0,",
                "name = \"a b\" | name is 'a b', allowed are 1 to 64 letters,",
                "sha256 = abc | sha256 has 3 characters, 64 hexadecimal digits are required",
                "name = null | name is missing",
            })
    void shouldNameTheFileTheLineTheFieldAndTheLimit(String field, String message) {
        String text = "# a comment\nkeys = [\n  { name = first, sha256 = \"" + TWO + "\" }\n  { name = a, sha256 = \""
                + ONE + "\", " + field + " }\n]";
        assertTrue(refusal(text).startsWith("keys.conf, line 4, key 2: " + message), () -> refusal(text));
    }

    @Test
    void shouldRefuseWhatIsNoListOfKeys() {
        assertTrue(refusal("keys = 5").contains("keys.conf: 1"), () -> refusal("keys = 5"));
        assertTrue(
                refusal("keys = [5]").startsWith("keys.conf, line 1, key 1 is 5, an object"),
                () -> refusal("keys = [5]"));
        assertEquals("keys.conf: unknown field key; known here are keys", refusal("keys = [], key = 1"));
        assertTrue(refusal("keys = [").startsWith("keys.conf: 1"), () -> refusal("keys = ["));
    }

    @Test
    void shouldRefuseTwoKeysOfOneNameOrHash() {
        assertEquals(
                "keys.conf has two keys of the name a",
                refusal("keys = [{ name = a, sha256 = \"%s\" }, { name = a, sha256 = \"%s\" }]".formatted(ONE, TWO)));
        assertEquals(
                "keys.conf: the sha256 of b is another key's too",
                refusal("keys = [{ name = a, sha256 = \"%s\" }, { name = b, sha256 = \"%s\" }]".formatted(ONE, ONE)));
    }

    @Test
    void shouldTakeOneKeyOrAFileOfThemButNotBoth() throws IOException {
        Path file = Files.writeString(folder.resolve("keys.conf"), "keys = [{ name = a, sha256 = \"" + ONE + "\" }]");
        String setting = "troupe.http.keys-file = \"" + file + "\"\n";
        HttpSettings http = Settings.load(null, setting).http();
        assertTrue(http.asksForKeys());
        assertEquals("a", http.readKeys().getFirst().name());
        String key = "correct-horse-battery";
        HttpSettings single =
                Settings.load(null, "troupe.http.api-key = " + key).http();
        assertEquals(ApiKey.Hash.of(key), single.readKeys().getFirst().hash());
        assertFalse(single.toString().contains("correct"), single.toString());
        assertEquals(
                "troupe.http.keys-file is '" + file + "', allowed is none beside an api-key",
                assertThrows(
                                SettingsException.class,
                                () -> Settings.load(null, setting + "troupe.http.api-key = " + key))
                        .getMessage());
        assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http.api-key = too-short"));
        assertThrows(SettingsException.class, () -> ApiKeys.read(folder.resolve("absent.conf")));
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0", "192.0.2.1", "'::'"})
    void shouldNotAnswerEveryoneOnTheNetworkUnlessAsked(String host) {
        String at = "troupe.http.host = \"" + host + "\"\n";
        SettingsException e = assertThrows(
                SettingsException.class, () -> Settings.load(null, at).http().requireKeysOffLoopback());
        String message = String.valueOf(e.getMessage());
        for (String way : List.of("TROUPE_API_KEY", "--api-key", "troupe.http.keys-file", "--allow-unauthenticated")) {
            assertTrue(message.contains(way), message);
        }
        Settings.load(null, at + "troupe.http.api-key = correct-horse-battery")
                .http()
                .requireKeysOffLoopback();
        Settings.load(null, at + "troupe.http.keys-file = keys.conf").http().requireKeysOffLoopback();
        Settings.load(null, at + "troupe.http.allow-unauthenticated = true")
                .http()
                .requireKeysOffLoopback();
        Settings.load(null).http().requireKeysOffLoopback();
    }
}
