package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.actors.SequenceEffect.Emit;
import troupe.engine.TokenIds;

class ListenerWindowTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final SequenceEvent EVENT = new SequenceEvent.Started("s", 0, 0, "worker", 0, 0);

    private final SequenceEvent.Accepted accepted = new SequenceEvent.Accepted(
            "s", TokenIds.of(1), 5, KIT.<Sequence.Command>createTestProbe().ref(), 1, null);
    private final ListenerWindow window = new ListenerWindow(accepted, 3);
    private final List<SequenceEffect> effects = new ArrayList<>();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldHoldEventsUntilTheRequestIsAccepted() {
        assertTrue(window.offer(EVENT, effects));
        assertEquals(List.of(), effects);
        window.open(effects);
        assertEquals(List.of(new Emit(accepted), new Emit(EVENT)), effects);
    }

    @Test
    void shouldHoldNoMoreThanTheReaderMayLeaveUnread() {
        assertTrue(window.offer(EVENT, effects));
        assertTrue(window.offer(EVENT, effects));
        assertFalse(window.offer(EVENT, effects));
        window.open(effects);
        assertEquals(3, window.unread());
    }

    @Test
    void shouldSendNoMoreThanTheReaderKeepsUpWithExceptTheEnd() {
        SequenceEvent end = new SequenceEvent.Completed("s", new SequenceEvent.Usage(1, 0, 0));
        window.open(effects);
        assertTrue(window.offer(EVENT, effects));
        assertTrue(window.offer(EVENT, effects));
        assertFalse(window.offer(EVENT, effects));
        window.read(2);
        assertEquals(1, window.unread());
        assertTrue(window.offer(EVENT, effects));
        assertTrue(window.offer(EVENT, effects));
        assertTrue(window.offer(end, effects));
    }

    @Test
    void shouldNotBelieveAReaderThatHasReadMoreThanWasSent() {
        window.open(effects);
        window.read(1_000);
        assertEquals(0, window.unread());
        assertTrue(window.offer(EVENT, effects));
        assertEquals(1, window.unread());
    }
}
