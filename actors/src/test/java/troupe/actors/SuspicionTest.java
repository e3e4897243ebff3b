package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import troupe.actors.Suspicion.Ruling;

class SuspicionTest {
    private static final WorkerId A = new WorkerId("a", 1);
    private static final WorkerId B = new WorkerId("b", 1);

    private final Suspicion suspicion = new Suspicion(1);

    @Test
    void shouldSuspectAfterTwoDeathsThatCountWhateverCameBetween() {
        assertEquals(Ruling.NONE, suspicion.lost(A, DeathCause.SIGSEGV, false, 0));
        for (int i = 0; i < 10; i++) {
            assertEquals(Ruling.NONE, suspicion.lost(A, DeathCause.KILLED, false, 10 * i));
            assertEquals(Ruling.NONE, suspicion.lost(A, DeathCause.HANDED_OVER, false, 10 * i));
        }
        assertEquals(Ruling.SUSPECT, suspicion.lost(B, DeathCause.ENGINE_FAILURE, false, 500));
    }

    @Test
    void shouldConvictByNothingButADeathThatCountsWhereNothingElseRan() {
        suspect();
        assertEquals(Ruling.NONE, suspicion.lost(A, DeathCause.SIGSEGV, false, 0));
        assertEquals(Ruling.NONE, suspicion.lost(A, DeathCause.KILLED, true, 0));
        assertEquals(Ruling.NONE, suspicion.lost(A, null, true, 0));
        assertEquals(Ruling.NONE, suspicion.verdict(A, DeathCause.SIGBUS, false, 0));
        assertEquals(Ruling.NONE, suspicion.lost(B, null, true, 0));
        assertEquals(Ruling.CONVICTED, suspicion.verdict(B, DeathCause.SIGBUS, true, 0));
    }

    @Test
    void shouldCountALossOnceItsCauseIsKnownAndOnce() {
        suspicion.lost(A, null, false, 0);
        suspicion.lost(B, null, false, 0);
        assertEquals(Ruling.NONE, suspicion.verdict(A, DeathCause.SIGSEGV, true, 0));
        assertEquals(Ruling.NONE, suspicion.verdict(A, DeathCause.SIGSEGV, true, 0));
        assertEquals(Ruling.NONE, suspicion.verdict(new WorkerId("c", 1), DeathCause.SIGSEGV, true, 0));
        assertEquals(Ruling.SUSPECT, suspicion.verdict(B, DeathCause.SIGSEGV, true, 0));
    }

    @Test
    void shouldClearASuspectThatGetsPastThePlaceAndAskForTwiceAsMuchTheNextTime() {
        suspect();
        assertFalse(suspicion.progressed(Suspicion.CLEARING_TOKENS - 1));
        assertTrue(suspicion.progressed(Suspicion.CLEARING_TOKENS));
        assertFalse(suspicion.isSuspect());
        suspicion.lost(A, DeathCause.SIGSEGV, false, 100);
        assertEquals(Ruling.SUSPECT, suspicion.lost(A, DeathCause.SIGSEGV, false, 100));
        assertFalse(suspicion.progressed(100 + Suspicion.CLEARING_TOKENS));
        assertTrue(suspicion.progressed(100 + 2 * Suspicion.CLEARING_TOKENS));
    }

    @Test
    void shouldNotSuspectWhatHasGotPastThePlaceBeforeTheCauseWasKnown() {
        suspicion.lost(A, DeathCause.SIGSEGV, false, 10);
        suspicion.lost(B, null, false, 10);
        assertEquals(Ruling.NONE, suspicion.verdict(B, DeathCause.SIGSEGV, true, 10 + Suspicion.CLEARING_TOKENS));
        assertFalse(suspicion.isSuspect());
    }

    @Test
    void shouldHoldBackWhatIsLostAgainAtOnceUntilTheCausesAreKnown() {
        suspicion.lost(A, null, false, 0);
        assertEquals(Duration.ZERO, suspicion.hold());
        suspicion.lost(B, null, false, 1);
        assertEquals(Suspicion.FIRST_HOLD, suspicion.hold());
        suspicion.verdict(A, DeathCause.KILLED, true, 1);
        assertFalse(suspicion.isHoldOver());
        suspicion.verdict(B, DeathCause.KILLED, true, 1);
        assertTrue(suspicion.isHoldOver());
    }

    /** Whether or not a cause is ever known, a request takes few engines down before its deadline of ten minutes. */
    @Test
    void shouldHoldBackLongerWithEveryLossThoughNoCauseCounts() {
        for (DeathCause cause : new DeathCause[] {null, DeathCause.KILLED}) {
            Suspicion one = new Suspicion(1);
            Duration waited = Duration.ZERO;
            int losses = 0;
            while (waited.compareTo(Duration.ofMinutes(10)) < 0) {
                one.placed();
                one.lost(A, cause, false, 0);
                losses++;
                waited = waited.plus(one.hold());
                assertTrue(losses < 3 || !one.isHoldOver());
            }
            assertTrue(losses <= 17, () -> "losses for cause " + cause);
        }
    }

    @Test
    void shouldHoldBackNoLongerForAWaveThatTakesManyWorkersThanForOneThatTakesTwo() {
        for (int i = 0; i < 16; i++) {
            suspicion.lost(new WorkerId("w" + i, 1), null, false, 0);
        }
        assertEquals(Suspicion.FIRST_HOLD, suspicion.hold());
        for (int i = 0; i < 16; i++) {
            assertFalse(suspicion.isHoldOver());
            suspicion.verdict(new WorkerId("w" + i, 1), DeathCause.KILLED, true, 0);
        }
        assertTrue(suspicion.isHoldOver());
        for (int wave = 1; wave < 4; wave++) {
            suspicion.placed();
            suspicion.lost(A, null, false, 0);
            suspicion.lost(B, null, false, 0);
            assertEquals(Suspicion.FIRST_HOLD.multipliedBy(1L << (wave - 1)), suspicion.hold());
        }
    }

    @Test
    void shouldNotHoldBackWhatGotOnBetweenItsLosses() {
        for (int i = 1; i < 20; i++) {
            suspicion.lost(A, null, false, i * Suspicion.PROGRESS_TOKENS);
            assertEquals(Duration.ZERO, suspicion.hold());
        }
    }

    private void suspect() {
        suspicion.lost(A, DeathCause.SIGSEGV, false, 0);
        assertEquals(Ruling.SUSPECT, suspicion.lost(B, DeathCause.SIGSEGV, false, 0));
    }
}
