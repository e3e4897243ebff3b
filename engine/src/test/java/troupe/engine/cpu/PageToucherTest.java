package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class PageToucherTest {
    private long now;

    @Test
    void shouldTouchOnlyWhileNoStepRunsOrRanLately() {
        try (Arena arena = Arena.ofConfined()) {
            PageToucher toucher = new PageToucher(arena.allocate(2 * PageToucher.PIECE + 6), () -> now);
            assertFalse(toucher.touchNext());
            now = PageToucher.QUIET_NANOS;
            assertTrue(toucher.touchNext());
            toucher.stepBegins();
            now = 10 * PageToucher.QUIET_NANOS;
            assertFalse(toucher.touchNext());
            toucher.stepEnds();
            now += PageToucher.QUIET_NANOS - 1;
            assertFalse(toucher.touchNext());
            now++;
            assertTrue(toucher.touchNext());
            assertFalse(toucher.done());
            assertTrue(toucher.touchNext());
            assertTrue(toucher.done());
        }
    }

    @Test
    void shouldLeaveWhatTheMemoryHolds() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(PageToucher.PIECE);
            memory.fill((byte) 7);
            PageToucher toucher = new PageToucher(memory, () -> now);
            now = PageToucher.QUIET_NANOS;
            assertTrue(toucher.touchNext());
            for (long at = 0; at < memory.byteSize(); at++) {
                assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, at));
            }
        }
    }

    @Test
    void shouldEndBeforeTheMemoryIsGivenBackWhetherDoneOrNot() {
        try (Arena arena = Arena.ofShared()) {
            PageToucher idle = new PageToucher(arena.allocate(PageToucher.PIECE), () -> 0);
            idle.start();
            idle.close();
            assertFalse(idle.done());
            PageToucher unstarted = new PageToucher(arena.allocate(PageToucher.PIECE), () -> 0);
            unstarted.close();
        }
    }
}
