package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import troupe.bench.load.Answer;
import troupe.bench.peer.PeerModel;

class SanityTest {
    private static final String TEXT = " Paris. It lies on the Seine and is known for its museums.";

    @Test
    void shouldAcceptAnswersThatBeginAlikeAndGoOnOtherwise() {
        Answer ours = answer(" Paris. It lies on the river Seine, in the north of the country.");
        assertEquals(
                Optional.empty(), Sanity.of(PeerModel.GIVEN, ours, answer(TEXT)).objection());
    }

    @Test
    void shouldObjectToAnswersOfOtherLengths() {
        Answer shorter = new Answer(TEXT, 5, 31);
        assertObjects("31", Sanity.of(PeerModel.GIVEN, shorter, answer(TEXT)));
        assertObjects("31", Sanity.of(PeerModel.LLAMA_1B_Q4_0, answer(TEXT), shorter));
    }

    @Test
    void shouldObjectToPromptsCutOtherwise() {
        assertObjects("6", Sanity.of(PeerModel.GIVEN, new Answer(TEXT, 6, Sanity.TOKENS), answer(TEXT)));
    }

    @Test
    void shouldObjectToAnswersThatDoNotBeginAlike() {
        assertObjects("begin", Sanity.of(PeerModel.GIVEN, answer(" London, where" + TEXT), answer(TEXT)));
    }

    @Test
    void shouldObjectToAnAnswerThatRepeatsItself() {
        String degenerate = " Paris. Paris. Paris. Paris. Paris. Paris. Paris. Paris.";
        assertObjects("repeats", Sanity.of(PeerModel.GIVEN, answer(degenerate), answer(TEXT)));
    }

    @Test
    void shouldNotLookForMeaningInRandomWeights() {
        assertEquals(
                Optional.empty(),
                Sanity.of(PeerModel.LLAMA_1B_Q4_0, answer(" w7 w7 w7"), answer(" w9"))
                        .objection());
    }

    private static Answer answer(String text) {
        return new Answer(text, 5, Sanity.TOKENS);
    }

    private static void assertObjects(String part, Sanity sanity) {
        assertTrue(sanity.objection().orElse("").contains(part), sanity.toString());
    }
}
