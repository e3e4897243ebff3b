package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

class AnswerTagTest {
    private static final SamplingParams DRAWN = sampling(1);
    private static final SamplingParams GREEDY = sampling(0);

    @Test
    void shouldTellAnswersApartByAllThatTheirTokensDependOn() {
        String tag = AnswerTag.of("body", DRAWN, 7, "n");
        assertEquals(tag, AnswerTag.of("body", DRAWN, 7, "n"));
        assertNotEquals(tag, AnswerTag.of("other", DRAWN, 7, "n"));
        assertNotEquals(tag, AnswerTag.of("body", DRAWN, 8, "n"));
        assertNotEquals(tag, AnswerTag.of("body", DRAWN, 7, "m"));
    }

    @Test
    void shouldNotCountTheSeedWhereNothingIsDrawn() {
        assertEquals(AnswerTag.of("body", GREEDY, 7, "n"), AnswerTag.of("body", GREEDY, 8, "n"));
    }

    private static SamplingParams sampling(float temperature) {
        return new SamplingParams(temperature, 0, 1, 0, 1, 0, 0, 10, 0, false, TokenIds.EMPTY, -1, -1);
    }
}
