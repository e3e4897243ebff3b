package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import troupe.actors.EventOrder.Arrival;

class EventOrderTest {
    private final EventOrder order = new EventOrder();

    @Test
    void shouldTakeEachEventOnceAndInOrder() {
        assertEquals(Arrival.NEXT, order.arrive(0));
        assertEquals(Arrival.REPEATED, order.arrive(0));
        assertEquals(Arrival.NEXT, order.arrive(1));
        assertEquals(2, order.next());
    }

    @Test
    void shouldAskForAGapOnceUntilTimePassesOrItCloses() {
        assertEquals(Arrival.GAP, order.arrive(1));
        assertEquals(Arrival.KNOWN_GAP, order.arrive(2));
        order.tick();
        assertEquals(Arrival.GAP, order.arrive(3));
        assertEquals(Arrival.NEXT, order.arrive(0));
        assertEquals(Arrival.GAP, order.arrive(3));
    }

    @Test
    void shouldAcknowledgeEverySoManyEvents() {
        for (int i = 0; i < EventOrder.ACKNOWLEDGE_EVERY; i++) {
            assertFalse(order.takeAcknowledgement());
            order.arrive(i);
        }
        assertTrue(order.takeAcknowledgement());
        assertFalse(order.takeAcknowledgement());
    }
}
