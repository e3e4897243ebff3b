package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EpochsTest {
    @Test
    void shouldPutEveryTakeoverAfterTheOneBefore() {
        long epoch = Epochs.FIRST;
        for (int gateway : new int[] {-1, 0, Integer.MIN_VALUE, Integer.MAX_VALUE, -1, -1}) {
            long next = Epochs.next(epoch, gateway);
            assertTrue(next > epoch, next + " after " + epoch);
            epoch = next;
        }
    }

    @Test
    void shouldNumberTwoThatTakeOverAtOnceApart() {
        assertNotEquals(Epochs.next(Epochs.FIRST, 3), Epochs.next(Epochs.FIRST, -3));
    }
}
