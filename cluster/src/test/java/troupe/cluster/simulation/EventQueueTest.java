package troupe.cluster.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EventQueueTest {
    @Test
    void shouldGoByTimeThenByPlanning() {
        EventQueue events = new EventQueue();
        List<String> happened = new ArrayList<>();
        events.at(20, () -> happened.add("c at " + events.now()));
        events.at(10, () -> {
            happened.add("a at " + events.now());
            events.after(10, () -> happened.add("d at " + events.now()));
            events.after(0, () -> happened.add("b at " + events.now()));
        });
        events.run();
        assertEquals(List.of("a at 10", "b at 10", "c at 20", "d at 20"), happened);
        assertEquals(4, events.planned());
        assertThrows(IllegalArgumentException.class, () -> events.at(19, () -> {}));
    }

    @Test
    void shouldKeepThatOrderForManyEventsOfFewTimes() {
        SplittableRandom random = new SplittableRandom(1);
        EventQueue events = new EventQueue();
        List<long[]> happened = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            plan(events, random, happened);
        }
        events.run();
        assertEquals(events.planned(), happened.size());
        for (int i = 1; i < happened.size(); i++) {
            long[] before = happened.get(i - 1);
            long[] after = happened.get(i);
            assertTrue(before[0] < after[0] || (before[0] == after[0] && before[1] < after[1]));
        }
    }

    /** Plans an event that notes its time and number, and in one of three cases plans another. */
    private static void plan(EventQueue events, SplittableRandom random, List<long[]> happened) {
        long number = events.planned();
        events.after(random.nextInt(500), () -> {
            happened.add(new long[] {events.now(), number});
            if (random.nextInt(3) == 0) {
                plan(events, random, happened);
            }
        });
    }
}
