package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import troupe.bench.probe.CpuTime;

class InterleavingTest {
    private static final Figure FIGURE = new Figure("rate", Figure.Unit.TOKENS_PER_SECOND, Optional.empty());

    private final List<String> taken = new ArrayList<>();
    private final Queue<CpuTime> times = new ArrayDeque<>();

    @Test
    void shouldTakeReadingsInTurnAndTurnTheOrderRound() throws IOException, InterruptedException {
        new Interleaving(3, 0, Optional::empty).run("row", sides("a", "b"));
        assertEquals(List.of("a", "b", "b", "a", "a", "b"), taken);
    }

    @Test
    void shouldKeepTheReadingsOfEverySide() throws IOException, InterruptedException {
        Interleaving.Readings readings = new Interleaving(2, 0, Optional::empty).run("row", sides("a", "b"));
        assertEquals(List.of(1.0, 4.0), readings.of("a", FIGURE).values());
        assertEquals(List.of(2.0, 3.0), readings.of("b", FIGURE).values());
        assertEquals(0, readings.noisy());
    }

    @Test
    void shouldReadAgainWhileOthersUseTheMachine() throws IOException, InterruptedException {
        foreign(40);
        foreign(2);
        Interleaving.Readings readings = new Interleaving(1, 4, this::now).run("row", sides("a"));
        assertEquals(List.of(2.0), readings.of("a", FIGURE).values());
        assertEquals(0, readings.noisy());
    }

    @Test
    void shouldKeepADisturbedReadingWhenPatienceEndsAndSaySo() throws IOException, InterruptedException {
        foreign(40);
        foreign(40);
        foreign(40);
        Interleaving.Readings readings = new Interleaving(1, 2, this::now).run("row", sides("a"));
        assertEquals(List.of(3.0), readings.of("a", FIGURE).values());
        assertEquals(1, readings.noisy());
    }

    /** The next reading sees this share of the machine taken by others, per cent. */
    private void foreign(long percent) {
        times.add(new CpuTime(0, 0, 0));
        times.add(new CpuTime(500 + 10 * percent, 1000, 500));
    }

    private Optional<CpuTime> now() {
        return Optional.of(times.remove());
    }

    /** Sides whose readings are numbered through. */
    private Map<String, Interleaving.Side> sides(String... names) {
        Map<String, Interleaving.Side> sides = new LinkedHashMap<>();
        for (String name : names) {
            sides.put(name, () -> {
                taken.add(name);
                return Map.of(FIGURE, (double) taken.size());
            });
        }
        return sides;
    }
}
