package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HolderSetsTest {
    private final HolderSets sets = new HolderSets();

    @Test
    void shouldKeepThreeInTheWordWhateverTheirNumbers() {
        long word = sets.add(sets.add(sets.add(HolderSets.EMPTY, HolderSets.MAX_HOLDER), 0), 77);
        assertFalse(HolderSets.isLarge(word));
        assertTrue(sets.contains(word, HolderSets.MAX_HOLDER) && sets.contains(word, 0) && sets.contains(word, 77));
        assertFalse(sets.contains(word, 1));
        long without = sets.remove(word, HolderSets.MAX_HOLDER);
        assertEquals(2, sets.count(without));
        assertEquals(HolderSets.EMPTY, sets.remove(sets.remove(without, 77), 0));
    }

    @Test
    void shouldEqualAPlainSetAtEverySizeUpwardsAndDownwards() {
        for (int seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int numbers = 1 + random.nextInt(300);
            long word = HolderSets.EMPTY;
            TreeSet<Integer> model = new TreeSet<>();
            for (int i = 0; i < 1_500; i++) {
                int holder = random.nextInt(numbers);
                boolean growing = random.nextInt(10) < (i < 750 ? 7 : 3);
                if (growing && model.add(holder)) {
                    word = sets.add(word, holder);
                } else if (!growing && model.remove(holder)) {
                    word = sets.remove(word, holder);
                }
                assertEquals(model.size(), sets.count(word), "seed " + seed);
            }
            for (int holder = 0; holder < numbers; holder++) {
                assertEquals(model.contains(holder), sets.contains(word, holder), "seed " + seed);
            }
            long[] kept = new long[(numbers >> 6) + 1];
            for (int i = 0; i < kept.length; i++) {
                kept[i] = random.nextLong();
            }
            word = sets.retain(word, kept);
            model.removeIf(holder -> (kept[holder >> 6] >>> holder & 1) == 0);
            assertEquals(model.size(), sets.count(word), "seed " + seed);
            for (int holder : model) {
                assertTrue(sets.contains(word, holder), "seed " + seed);
                word = sets.remove(word, holder);
            }
            assertEquals(HolderSets.EMPTY, word);
        }
    }

    @Test
    void shouldGiveTheMemoryOfLargeSetsBack() {
        long before = sets.bytes();
        long word = HolderSets.EMPTY;
        for (int holder = 0; holder < 1_000; holder++) {
            word = sets.add(word, holder);
        }
        assertTrue(sets.bytes() >= before + 1_000 / Byte.SIZE, sets.bytes() + " bytes");
        for (int holder = 0; holder < 1_000; holder++) {
            word = sets.remove(word, holder);
        }
        assertEquals(before, sets.bytes());
    }
}
