package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.engine.AttemptKey;

class IsolationWardTest {
    private final IsolationWard<String> ward = new IsolationWard<>();

    @Test
    void shouldLetOneSuspectOfAModelInAtATimeInTheOrderOfTheirComing() {
        assertTrue(ward.enter("m", key("a", 0), "a0"));
        assertTrue(ward.enter("m", key("a", 1), "a1"));
        assertTrue(ward.enter("other", key("x", 0), "x0"));
        assertFalse(ward.enter("m", key("b", 0), "b0"));
        assertFalse(ward.enter("m", key("c", 0), "c0"));
        assertFalse(ward.enter("m", key("b", 1), "b1"));
        assertEquals(List.of("b0", "b1"), ward.leave("a"));
        assertTrue(ward.enter("m", key("b", 0), "b0"));
        assertEquals(List.of("c0"), ward.leave("b"));
    }

    @Test
    void shouldForgetWhoGivesUp() {
        ward.enter("m", key("a", 0), "a0");
        ward.enter("m", key("b", 0), "b0");
        ward.enter("m", key("c", 0), "c0");
        assertEquals(List.of(), ward.leave("b"));
        ward.forget(key("c", 0));
        assertEquals(List.of(), ward.leave("a"));
        assertTrue(ward.enter("m", key("d", 0), "d0"));
    }

    private static AttemptKey key(String sequence, int choice) {
        return new AttemptKey(sequence, 1, 0, choice);
    }
}
