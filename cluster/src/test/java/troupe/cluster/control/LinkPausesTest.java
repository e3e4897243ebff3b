package troupe.cluster.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinkPausesTest {
    private final LinkPauses pauses = new LinkPauses();

    @Test
    void shouldWaitLongerWhileConnectionsDoNotLastAndGiveUpInTheEnd() {
        Duration expected = LinkPauses.FIRST;
        for (int i = 1; i < LinkPauses.MOST_TRIES; i++) {
            assertEquals(Optional.of(expected), pauses.ended(Duration.ofSeconds(59)));
            Duration doubled = expected.multipliedBy(2);
            expected = doubled.compareTo(LinkPauses.LONGEST) > 0 ? LinkPauses.LONGEST : doubled;
        }
        assertEquals(Optional.empty(), pauses.ended(Duration.ZERO));
    }

    @Test
    void shouldForgiveAfterAConnectionThatLasted() {
        for (int i = 0; i < 3 * LinkPauses.MOST_TRIES; i++) {
            assertEquals(Optional.of(LinkPauses.FIRST), pauses.ended(LinkPauses.STABLE));
        }
    }
}
