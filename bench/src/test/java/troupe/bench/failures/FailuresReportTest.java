package troupe.bench.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import troupe.bench.failures.ReplicationTrial.Cost;
import troupe.bench.failures.ReplicationTrial.Way;
import troupe.multinode.chaos.InterTokenTimes;

class FailuresReportTest {
    private static final FailureOptions OPTIONS =
            new FailureOptions("a-model", "a-model", 12, 512, 2, 3, 1, Path.of("logs"));
    private static final InterTokenTimes NONE = InterTokenTimes.all(List.of());

    private static FaultReading kill(List<Double> gaps, int lost) {
        return new FaultReading(
                FaultKind.WORKER_KILL, gaps, List.of(new Move(5, 10, 200, 300)), NONE, NONE, 12, lost, 0);
    }

    private static FailureFigures figures(List<FaultReading> readings) {
        return new FailureFigures(
                new FaultTrial.Result(NONE, readings),
                Map.of(
                        Way.PLAIN, new Cost(List.of(100.0, 110.0, 100.0), List.of(50.0, 51.0, 52.0)),
                        Way.RESUMABLE, new Cost(List.of(98.0, 99.0, 95.0), List.of(60.0, 61.0, 62.0)),
                        Way.NOT_REPLICATED, new Cost(List.of(100.0, 110.0, 100.0), List.of(55.0, 55.0, 55.0))),
                new RefusalTrial.Result(
                        1, List.of(400.0, 300.0), List.of(60.0, 20.0, 30.0), Map.of(429, 2, 503, 1), 16, 0),
                new SlowNodeTrial.Result(List.of(new SlowNodeTrial.Phase("before", 40, 10, 12)), 0, 0),
                new FloodTrial.Result(List.of(20.0, 30.0), List.of(90.0, 70.0), List.of(800.0)));
    }

    private static String markdown(FailureFigures figures) {
        return FailuresReport.markdown(OPTIONS, figures, "`the command`", "the machine", "failures.png");
    }

    @Test
    void shouldCompareTheGapsOfAllFaultsWithTheTargets() {
        String text = markdown(figures(List.of(kill(List.of(200.0, 900.0), 0), kill(List.of(310.0, 1_100.0), 0))));
        assertTrue(
                text.contains(
                        "| SIGKILL to a worker | 2 | 4 | 1100 ms | 1000 ms | no | 310 ms | 300 ms | no | 0 | 0 |"),
                text);
        assertTrue(
                text.contains("| 5 (5 to 5) ms | 10 (10 to 10) ms | 200 (200 to 200) ms | 300 (300 to 300) |"), text);
    }

    @Test
    void shouldCompareThroughputWithThatOfTheNeighbouringReading() {
        String text = markdown(figures(List.of(kill(List.of(200.0), 0))));
        assertTrue(text.contains("| resumable, replicated | 98 (95 to 99) | 5.0% | 3% | no | 61 (60 to 62) |"), text);
    }

    @Test
    void shouldJudgeTheLastRefusal() {
        String text = markdown(figures(List.of(kill(List.of(200.0), 0))));
        assertTrue(text.contains("Refused: 2 with 429, 1 with 503"), text);
        assertTrue(text.contains("| 30 ms | 60 ms | 60 ms | 50 ms | no |"), text);
    }

    @Test
    void shouldLeaveOutWhatWasNotMeasured() {
        String text = markdown(new FailureFigures(null, null, null, null, null));
        assertFalse(text.contains("##"), text);
        assertEquals(1, text.lines().filter(line -> line.startsWith("#")).count());
    }

    @Test
    void shouldBeRightOnlyWhereNothingIsLost() {
        assertTrue(figures(List.of(kill(List.of(200.0), 0))).isRight());
        assertFalse(figures(List.of(kill(List.of(200.0), 1))).isRight());
    }
}
