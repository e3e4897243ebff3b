package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DeathCauseTest {
    @Test
    void shouldTellCausesByTheStatusOfAProcess() {
        assertEquals(DeathCause.SIGSEGV, DeathCause.ofStatus(139));
        assertEquals(DeathCause.SIGABRT, DeathCause.ofStatus(134));
        assertEquals(DeathCause.SIGBUS, DeathCause.ofStatus(135));
        assertEquals(DeathCause.SIGILL, DeathCause.ofStatus(132));
        assertEquals(DeathCause.OUT_OF_MEMORY, DeathCause.ofStatus(3));
        assertEquals(DeathCause.KILLED, DeathCause.ofStatus(137));
        for (int status : new int[] {-1, 0, 1, 2, 4, 11, 143, 255}) {
            assertEquals(DeathCause.OTHER, DeathCause.ofStatus(status));
        }
    }

    @Test
    void shouldCountNothingThatMayComeFromOutside() {
        assertFalse(DeathCause.KILLED.isSuspicious());
        assertFalse(DeathCause.HUNG.isSuspicious());
        assertFalse(DeathCause.OTHER.isSuspicious());
        assertTrue(DeathCause.ofFailure(new OutOfMemoryError()).isSuspicious());
        assertTrue(DeathCause.ofFailure(new IllegalStateException()).isSuspicious());
    }
}
