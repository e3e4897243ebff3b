package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class CallerSeatTest {
    private final CallerSeat seat = new CallerSeat();

    @Test
    void shouldLeaveAProcessorWhereItWaitsToTheThreadThatPauses() {
        assertFalse(seat.sample(true, 0.5, 3));
        assertEquals(all(4), seat.ofCaller(all(4)));
        assertTrue(seat.sample(true, 0.5, 3));
        assertEquals("{0, 1, 2}", seat.ofCaller(all(4)).toString());
        assertEquals("{3}", seat.ofPausing(all(4)).toString());
    }

    @Test
    void shouldStayWhereItSeldomWaits() {
        for (int i = 0; i < 20; i++) {
            assertFalse(seat.sample(true, i % 2 == 0 ? 0.5 : 0.05, 1));
        }
        assertEquals(all(2), seat.ofCaller(all(2)));
        assertEquals(all(2), seat.ofPausing(all(2)));
    }

    @Test
    void shouldForgetAllOnceNobodyElseWorks() {
        seat.sample(true, 0.5, 1);
        seat.sample(true, 0.5, 1);
        assertTrue(seat.sample(false, 0.5, 0));
        assertEquals(all(2), seat.ofCaller(all(2)));
        assertFalse(seat.sample(false, 0.5, 0));
        assertFalse(seat.sample(true, 0.5, 0), "its patience is that of the beginning");
        assertTrue(seat.sample(true, 0.5, 0));
    }

    @Test
    void shouldNeedMoreSamplesForEachFurtherMove() {
        int moves = 0;
        for (int i = 0; i < 2 + 4 + 8; i++) {
            moves += seat.sample(true, 1, moves % 2) ? 1 : 0;
        }
        assertEquals(3, moves);
    }

    @Test
    void shouldRunAnywhereWhereThereIsOneProcessorOrItIsNotAllowedAnyMore() {
        seat.sample(true, 0.5, 0);
        seat.sample(true, 0.5, 0);
        assertEquals(all(1), seat.ofCaller(all(1)));
        BitSet others = all(3);
        others.clear(0);
        assertEquals(others, seat.ofCaller(others));
        assertEquals(others, seat.ofPausing(others));
    }

    private static BitSet all(int processors) {
        BitSet all = new BitSet();
        all.set(0, processors);
        return all;
    }
}
