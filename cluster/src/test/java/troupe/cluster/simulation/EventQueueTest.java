package troupe.cluster.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
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
}
