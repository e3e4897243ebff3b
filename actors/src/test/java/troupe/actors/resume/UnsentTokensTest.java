package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnsentTokensTest {
    private record Sent(String holder, List<TokenTail> tails) {}

    private final UnsentTokens unsent = new UnsentTokens();

    @Test
    void shouldSendWhatIsForOneHolderTogetherAndOnce() {
        TokenTail first = Requests.tail("s", 1, 0, 0, 2);
        TokenTail second = Requests.tail("t", 1, 0, 0, 2);
        TokenTail elsewhere = Requests.tail("u", 1, 0, 0, 2);
        unsent.add("b", first);
        unsent.add("c", elsewhere);
        unsent.add("b", second);
        assertEquals(List.of(new Sent("b", List.of(first, second)), new Sent("c", List.of(elsewhere))), flush());
        assertEquals(List.of(), flush());
    }

    @Test
    void shouldSendNoMoreAtOnceThanAMessageCarries() {
        TokenTail large = Requests.tail("s", 1, 0, 0, UnsentTokens.MOST_AT_ONCE);
        TokenTail small = Requests.tail("s", 1, 0, UnsentTokens.MOST_AT_ONCE, 1);
        unsent.add("b", large);
        unsent.add("b", small);
        assertEquals(List.of(new Sent("b", List.of(large)), new Sent("b", List.of(small))), flush());
    }

    @Test
    void shouldForgetSequencesAndHoldersThatAreGone() {
        TokenTail kept = Requests.tail("s", 1, 0, 0, 2);
        unsent.add("b", kept);
        unsent.add("b", Requests.tail("t", 1, 0, 0, 2));
        unsent.add("c", Requests.tail("s", 1, 0, 0, 2));
        unsent.remove("t");
        unsent.retain(Set.of("b"));
        assertEquals(List.of(new Sent("b", List.of(kept))), flush());
    }

    private List<Sent> flush() {
        List<Sent> sent = new ArrayList<>();
        unsent.flush((holder, tails) -> sent.add(new Sent(holder, tails)));
        return sent;
    }
}
