package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import troupe.engine.EngineStats;

class EngineLifecycleTest {
    private static final EngineStats STATS = new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);

    private static final Duration LIMIT = Duration.ofNanos(100);

    private final Throwable cause = new IllegalStateException("no device");
    private final EngineLifecycle life = new EngineLifecycle("w", LIMIT, new AtomicLong()::incrementAndGet);

    @Test
    void shouldPauseTwiceAsLongBeforeEveryFurtherStartUpToALimit() {
        List<Duration> pauses = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            pauses.add(life.replace().orElseThrow().pause());
        }
        assertEquals(Duration.ofMillis(20), pauses.get(0));
        assertEquals(Duration.ofMillis(40), pauses.get(1));
        assertEquals(Duration.ofMillis(80), pauses.get(2));
        assertEquals(Duration.ofSeconds(10), pauses.get(10));
        assertEquals(Duration.ofSeconds(10), pauses.get(11));
    }

    @Test
    void shouldPauseBrieflyAgainOnceAnEngineHasMadeAStep() {
        life.replace();
        life.replace();
        life.started(STATS, 0);
        life.stepped(STATS, 1);
        assertEquals(EngineLifecycle.FIRST_PAUSE, life.replace().orElseThrow().pause());
    }

    @Test
    void shouldGoOnLengtheningThePausesOfEnginesThatStartAndNeverMakeAStep() {
        life.replace();
        life.started(STATS, 0);
        assertEquals(
                EngineLifecycle.FIRST_PAUSE.multipliedBy(2),
                life.replace().orElseThrow().pause());
    }

    @Test
    void shouldGiveEveryEngineItsOwnIncarnation() {
        assertEquals(new WorkerId("w", 1), life.worker());
        assertEquals(new WorkerId("w", 2), life.replace().orElseThrow().worker());
        assertEquals(new WorkerId("w", 2), life.worker());
    }

    @Test
    void shouldReplaceAnEngineThatDiesWhileItIsUp() {
        life.started(STATS, 0);
        assertTrue(life.isUp(1));
        assertTrue(life.died(1, cause));
        life.replace();
        assertFalse(life.isUp());
        assertTrue(life.stats().isEmpty());
    }

    @Test
    void shouldRememberADeathThatIsHeardOfBeforeTheStart() {
        assertFalse(life.died(1, cause));
        assertSame(cause, life.started(STATS, 0).orElseThrow());
        life.replace();
        assertEquals(Optional.empty(), life.started(STATS, 0));
    }

    @Test
    void shouldIgnoreTheDeathOfAnEngineThatHasBeenReplaced() {
        life.started(STATS, 0);
        life.replace();
        assertFalse(life.died(1, cause));
        assertEquals(Optional.empty(), life.started(STATS, 0));
        assertFalse(life.died(1, cause));
    }

    @Test
    void shouldTakeAnEngineForDeadThatHasWorkAndMakesNoStep() {
        life.started(STATS, 1_000);
        assertEquals(Optional.empty(), life.silence(true, 1_100));
        assertTrue(life.silence(true, 1_101).isPresent());
        life.stepped(STATS, 1_101);
        assertEquals(Optional.empty(), life.silence(true, 1_201));
    }

    @Test
    void shouldExpectNoStepOfAnEngineWithoutWork() {
        life.started(STATS, 0);
        assertEquals(Optional.empty(), life.silence(false, 5_000));
        life.gotWork(5_000);
        assertEquals(Optional.empty(), life.silence(true, 5_100));
        assertTrue(life.silence(true, 5_101).isPresent());
    }

    @Test
    void shouldNoticeThatAnEngineHangsThoughNobodyWaitsForItAnyMore() {
        life.started(STATS, 0);
        life.gotWork(1_000);
        assertEquals(Optional.empty(), life.silence(false, 1_100));
        assertTrue(life.silence(false, 1_101).isPresent());
        life.stepped(STATS, 1_200);
        assertEquals(Optional.empty(), life.silence(false, 9_000));
    }

    @Test
    void shouldExpectNoStepOfAnEngineThatIsBeingStarted() {
        assertEquals(Optional.empty(), life.silence(true, Long.MAX_VALUE));
    }

    @Test
    void shouldStartNothingOnceItIsClosed() {
        life.close();
        assertEquals(Optional.empty(), life.started(STATS, 0));
        assertFalse(life.isUp());
        assertFalse(life.died(1, cause));
        assertEquals(Optional.empty(), life.replace());
        assertTrue(life.isClosed());
    }
}
