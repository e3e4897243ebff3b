package troupe.bench.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.multinode.chaos.Answer;
import troupe.multinode.chaos.Outcome;
import troupe.multinode.chaos.Question;

class FaultReadingTest {
    private static final long MILLI = 1_000_000;

    private static Question question(String name) {
        return new Question(name, "/", "{}", true, false);
    }

    private static Answer answer(String text) {
        return new Answer(new TreeMap<>(Map.of(0, text)), "1+1");
    }

    private static Outcome stream(String name, @Nullable Answer answer, long... millis) {
        List<Long> times = new ArrayList<>();
        for (long time : millis) {
            times.add(time * MILLI);
        }
        return new Outcome(question(name), name, 0, times, times.getLast(), answer, null, 0, 0);
    }

    @Test
    void shouldTellTheStreamsThatWereHitFromTheOthers() {
        StreamRun run = new StreamRun(
                List.of(
                        stream("hit", answer("a"), 0, 10, 300, 310),
                        stream("hit too", answer("a"), 0, 20, 500, 520),
                        stream("other", answer("a"), 0, 10, 40, 90, 490, 550)),
                15 * MILLI,
                0);
        FaultReading reading = FaultReading.of(
                FaultKind.WORKER_KILL,
                run,
                outcome -> outcome.requestId().startsWith("hit"),
                List.of(),
                Map.of("hit", answer("a"), "hit too", answer("a"), "other", answer("a")));
        assertEquals(List.of(290.0, 480.0), reading.gapsMillis());
        assertEquals(3, reading.burst().count());
        assertEquals(400 * MILLI, reading.burst().longestNanos());
        assertEquals(2, reading.after().count());
        assertEquals(0, reading.lost() + reading.changed());
    }

    @Test
    void shouldCountWhatIsLostAndWhatIsChanged() {
        StreamRun run = new StreamRun(
                List.of(stream("lost", null, 0), stream("changed", answer("b"), 0), stream("same", answer("a"), 0)),
                1,
                0);
        FaultReading reading = FaultReading.of(
                FaultKind.GATEWAY_KILL,
                run,
                outcome -> true,
                List.of(),
                Map.of("changed", answer("a"), "same", answer("a")));
        assertEquals(1, reading.lost());
        assertEquals(1, reading.changed());
        assertEquals(List.of(), reading.gapsMillis());
    }
}
