package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PeerContactsTest {
    private static final long LIMIT = 1_000;
    private static final long TICK = 50;

    private final PeerContacts contacts = new PeerContacts(LIMIT);
    private long now = 5;

    @Test
    void shouldGiveANewGatewayTheTimeThatAllHave() {
        pass(3 * LIMIT, Set.of());
        contacts.gateways(Set.of("b"));
        assertTrue(contacts.isInTouch("b"));
        pass(LIMIT - TICK, Set.of());
        assertTrue(contacts.isInTouch("b"));
        pass(TICK, Set.of());
        assertFalse(contacts.isInTouch("b"));
    }

    @Test
    void shouldCountAnAnswerFromItsQuestionOn() {
        contacts.gateways(Set.of("b"));
        long early = question();
        pass(LIMIT - TICK, Set.of());
        contacts.answered("b", early);
        pass(TICK, Set.of());
        assertFalse(contacts.isInTouch("b"), "the answer was late");
        contacts.answered("b", question());
        assertTrue(contacts.isInTouch("b"));
    }

    @Test
    void shouldIgnoreAnswersToWhatItHasNotAsked() {
        contacts.gateways(Set.of("b"));
        question();
        contacts.answered("b", Long.MAX_VALUE);
        contacts.answered("stranger", 0);
        pass(LIMIT, Set.of());
        assertEquals(Set.of(), contacts.inTouch());
    }

    @Test
    void shouldTakeNobodyForSilentWhileItStoodStillItself() {
        contacts.gateways(Set.of("b"));
        question();
        now += 100 * LIMIT;
        contacts.tick(now);
        assertTrue(contacts.isInTouch("b"));
    }

    @Test
    void shouldBeCutOffWithLessThanHalf() {
        contacts.gateways(Set.of("b", "c", "d"));
        pass(LIMIT, Set.of("b", "c", "d"));
        assertFalse(contacts.isCutOff());
        pass(LIMIT, Set.of("b"));
        assertEquals(Set.of("b"), contacts.inTouch());
        assertFalse(contacts.isCutOff(), "two of four");
        pass(LIMIT, Set.of());
        assertTrue(contacts.isCutOff(), "one of four");
        contacts.gateways(Set.of("b"));
        assertFalse(contacts.isCutOff(), "one of two: the others are no gateways any more");
        contacts.gateways(Set.of());
        assertFalse(contacts.isCutOff());
    }

    private long question() {
        OptionalLong question = OptionalLong.empty();
        while (question.isEmpty()) {
            now += TICK;
            question = contacts.tick(now);
        }
        return question.getAsLong();
    }

    /** So much time passes, in which these answer at once. */
    private void pass(long nanos, Set<String> answering) {
        for (long end = now + nanos; now < end; ) {
            now += TICK;
            contacts.tick(now)
                    .ifPresent(question -> answering.forEach(gateway -> contacts.answered(gateway, question)));
        }
    }
}
