package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import troupe.kernels.PackedMatrix;

class PackedFileRetentionTest {
    private static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");
    private static final String CHECKSUM = "0123456789abcdef".repeat(4);
    private static final PackedFileName CURRENT = PackedFileName.of(CHECKSUM);

    private static PackedFileRetention.Kept file(String label, PackedFileName name, long bytes, int daysUnused) {
        return new PackedFileRetention.Kept(Path.of(label), name, bytes, NOW.minus(Duration.ofDays(daysUnused)));
    }

    private static List<String> removed(long limit, PackedFileRetention.Kept... files) {
        return new PackedFileRetention(limit)
                .removals(List.of(files), NOW).stream()
                        .map(removal -> removal.file().path().toString())
                        .toList();
    }

    @Test
    void shouldGiveUpOutdatedLayoutsWhateverTheirSizeAndAge() {
        PackedFileName matrices = new PackedFileName(CHECKSUM, PackedMatrix.LAYOUT_VERSION - 1, 99);
        PackedFileName sections =
                new PackedFileName(CHECKSUM, PackedMatrix.LAYOUT_VERSION, PackedModel.LAYOUT_VERSION - 1);
        PackedFileName newer = new PackedFileName(CHECKSUM, PackedMatrix.LAYOUT_VERSION + 1, 0);
        assertEquals(
                List.of("matrices", "sections"),
                removed(
                        1000,
                        file("matrices", matrices, 1, 0),
                        file("current", CURRENT, 1, 400),
                        file("sections", sections, 1, 0),
                        file("newer", newer, 1, 400)));
    }

    @Test
    void shouldGiveUpTheLongestUnusedUntilTheRestIsWithinTheLimit() {
        assertEquals(
                List.of("a", "b"),
                removed(
                        20,
                        file("c", CURRENT, 10, 40),
                        file("a", CURRENT, 10, 60),
                        file("b", CURRENT, 10, 50),
                        file("d", CURRENT, 10, 0)));
    }

    @Test
    void shouldKeepWhatWasUsedLatelyEvenBeyondTheLimit() {
        assertEquals(List.of("old"), removed(1, file("new", CURRENT, 10, 29), file("old", CURRENT, 10, 30)));
    }

    @Test
    void shouldKeepEverythingWithinTheLimit() {
        assertEquals(List.of(), removed(20, file("a", CURRENT, 10, 900), file("b", CURRENT, 10, 900)));
    }

    @Test
    void shouldReadTheNamesThatItWrites() {
        assertEquals(Optional.of(CURRENT), PackedFileName.parse(CURRENT.toString()));
        assertFalse(CURRENT.isOutdated());
        PackedFileName first = PackedFileName.parse(CHECKSUM + "-v1.packed").orElseThrow();
        assertTrue(first.isOutdated());
    }

    @Test
    void shouldNotTakeOtherFilesForPackedOnes() {
        for (String name :
                List.of("packing1.tmp", CHECKSUM + ".packed", CHECKSUM + "-v1.1.packed.bak", "-v1.1.packed")) {
            assertEquals(Optional.empty(), PackedFileName.parse(name), name);
        }
    }
}
