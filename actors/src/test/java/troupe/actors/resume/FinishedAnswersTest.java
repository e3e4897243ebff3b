package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class FinishedAnswersTest {
    @Test
    void shouldForgetTheOldestWhereThereAreTooMany() {
        FinishedAnswers answers = new FinishedAnswers(2, 1_000);
        answers.add("a", 1);
        answers.add("b", 1);
        assertEquals(Optional.empty(), answers.removeOldestPastLimits());
        answers.add("c", 1);
        assertEquals(Optional.of("a"), answers.removeOldestPastLimits());
        assertEquals(Optional.empty(), answers.removeOldestPastLimits());
        assertFalse(answers.has("a"));
        assertTrue(answers.has("b"));
    }

    @Test
    void shouldForgetAsManyAsTheirBytesAsk() {
        FinishedAnswers answers = new FinishedAnswers(10, 100);
        answers.add("a", 40);
        answers.add("a", 40);
        answers.add("b", 40);
        assertEquals(Optional.empty(), answers.removeOldestPastLimits(), "one that comes again counts once");
        answers.add("c", 120);
        assertEquals(Optional.of("a"), answers.removeOldestPastLimits());
        assertEquals(Optional.of("b"), answers.removeOldestPastLimits());
        assertEquals(Optional.of("c"), answers.removeOldestPastLimits(), "it is too large by itself");
        assertEquals(Optional.empty(), answers.removeOldestPastLimits());
    }

    @Test
    void shouldCountNothingOfWhatIsRemoved() {
        FinishedAnswers answers = new FinishedAnswers(10, 100);
        answers.add("a", 90);
        answers.remove("a");
        answers.remove("a");
        answers.add("b", 90);
        assertEquals(Optional.empty(), answers.removeOldestPastLimits());
    }
}
