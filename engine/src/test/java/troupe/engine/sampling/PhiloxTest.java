package troupe.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The known answers are those that Random123, the authors' library, publishes for philox4x32 with 10 rounds. */
class PhiloxTest {
    @Test
    void shouldGiveTheAuthorsAnswers() {
        assertEquals(new Philox.Words(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8), Philox.words(0, 0, 0, 0, 0, 0));
        assertEquals(
                new Philox.Words(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd), Philox.words(-1, -1, -1, -1, -1, -1));
        assertEquals(
                new Philox.Words(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1),
                Philox.words(0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344));
    }

    @Test
    void shouldDrawUniformlyFromZeroToBelowOne() {
        int[] buckets = new int[10];
        for (int position = 0; position < 10_000; position++) {
            double value = Philox.uniform(42, 0, position, Philox.Purpose.TOKEN);
            assertTrue(value >= 0 && value < 1, "in range");
            buckets[(int) (value * 10)]++;
        }
        double chiSquare = 0;
        for (int count : buckets) {
            chiSquare += (count - 1000.0) * (count - 1000.0) / 1000;
        }
        assertTrue(chiSquare < 27.88, "chi-square with 9 degrees of freedom at 0.001: " + chiSquare);
    }

    @Test
    void shouldDependOnAllOfSeedChoiceAndPosition() {
        double value = Philox.uniform(1, 2, 3, Philox.Purpose.TOKEN);
        assertEquals(value, Philox.uniform(1, 2, 3, Philox.Purpose.TOKEN));
        assertNotEquals(value, Philox.uniform(1L << 32 | 1, 2, 3, Philox.Purpose.TOKEN));
        assertNotEquals(value, Philox.uniform(2, 2, 3, Philox.Purpose.TOKEN));
        assertNotEquals(value, Philox.uniform(1, 3, 3, Philox.Purpose.TOKEN));
        assertNotEquals(value, Philox.uniform(1, 2, 4, Philox.Purpose.TOKEN));
    }
}
