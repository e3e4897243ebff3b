package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;

class WorkerLoadTest {
    private static final int PLACES = 3;
    private static final AttemptKey ATTEMPT = Demands.attempt(0);

    private final WorkerLoad load = new WorkerLoad(Demands.worker(0), PLACES);
    private final List<Reservation> ended = new ArrayList<>();

    @Test
    void shouldCountAReservationUntilAReportMustIncludeIt() {
        report(5, 1, 0);
        Reservation reservation = load.reserve(ATTEMPT, 100);
        assertLoad(100, 2);
        load.release(reservation);
        assertLoad(100, 2);
        // The step that went on when it came ended: it was not in the batch yet.
        report(6, 1, 0);
        assertLoad(100, 2);
        report(7, 2, 70);
        assertLoad(70, 2);
        assertEquals(List.of(reservation), ended);
    }

    @Test
    void shouldExpectAnIdleWorkerToBeginAtOnce() {
        report(5, 0, 0);
        load.release(load.reserve(ATTEMPT, 100));
        report(6, 1, 20);
        assertLoad(20, 1);
    }

    @Test
    void shouldNotTakeARepeatedReportForNews() {
        report(5, 2, 40);
        load.release(load.reserve(ATTEMPT, 100));
        for (int i = 0; i < 100; i++) {
            report(5, 2, 40);
        }
        assertLoad(140, 3);
    }

    @Test
    void shouldGiveUpAnAttemptThatAnIdleWorkerNeverBegins() {
        report(5, 0, 0);
        load.release(load.reserve(ATTEMPT, 100));
        for (int i = 1; i < Reservation.IDLE_REPORTS; i++) {
            report(5, 0, 0);
        }
        assertLoad(100, 1);
        report(5, 0, 0);
        assertLoad(0, 0);
        assertEquals(1, ended.size());
    }

    @Test
    void shouldHoldAReservationThatIsNotReleasedAndDropItWhole() {
        Reservation reservation = load.reserve(ATTEMPT, 100);
        for (int steps = 1; steps < 100; steps++) {
            report(steps, 0, 0);
        }
        assertLoad(100, 1);
        load.drop(reservation);
        load.drop(reservation);
        assertLoad(0, 0);
    }

    @Test
    void shouldExpectPredictedBlocksForAsManyStepsAsStated() {
        report(5, 1, 0);
        Reservation reservation = load.reserve(ATTEMPT, 100);
        reservation.prediction = prediction();
        load.release(reservation);
        for (int steps = 6; steps < 17; steps++) {
            report(steps, 1, 0);
            assertEquals(List.of(), ended, "step " + steps);
        }
        assertLoad(0, 1);
        report(17, 1, 0);
        assertEquals(List.of(reservation), ended);
    }

    @Test
    void shouldCountAnAttemptOnceWhenAnEventTellsThatItIsReported() {
        report(5, 1, 0);
        Reservation reservation = load.reserve(ATTEMPT, 100);
        load.release(reservation);
        report(6, 2, 70);
        assertLoad(170, 3);
        load.arrived(reservation);
        load.arrived(reservation);
        assertLoad(70, 2);
        report(7, 2, 0);
        assertLoad(0, 2);
    }

    @Test
    void shouldHaveRoomForAsManyAsItHasPlaces() {
        report(5, 1, 0);
        load.reserve(ATTEMPT, 1);
        assertEquals(true, load.hasRoom());
        load.reserve(Demands.attempt(1), 1);
        assertEquals(false, load.hasRoom());
        report(6, 0, 0);
        assertEquals(true, load.hasRoom());
    }

    @Test
    void shouldNotLookBetterThanIdleByAbsurdReports() {
        load.report(new EngineStats(-5, Integer.MIN_VALUE, -1, 0, 0, 0, 1, 0, 0, 0, 0, 0, null), ended::add);
        assertLoad(0, 0);
        load.report(
                new EngineStats(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE, 0, 0, 0, 1, 0, 0, 0, 0, 0, null),
                ended::add);
        load.reserve(ATTEMPT, Integer.MAX_VALUE);
        assertEquals(true, load.tokens() > 0 && load.sequences() > 0);
    }

    private static Prediction prediction() {
        WorkerGroup group = new WorkerGroup(WorkerGroup.Key.of(Demands.info("n")));
        group.prompt.of(Demands.prompt(0, 1, 16), "");
        return new Prediction(new RoutedWorker(Demands.worker(0), 0, group, Integer.MAX_VALUE), group.prompt, 0, 10);
    }

    private void report(long steps, int sequences, long tokens) {
        load.report(Demands.stats(steps, sequences, tokens), ended::add);
    }

    private void assertLoad(long tokens, int sequences) {
        assertEquals(tokens, load.tokens());
        assertEquals(sequences, load.sequences());
    }
}
