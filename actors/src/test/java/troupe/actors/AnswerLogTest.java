package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.actors.resume.ReadSoFar;
import troupe.engine.executor.ScoredToken;

class AnswerLogTest {
    private static final SequenceEvent END = new SequenceEvent.Completed("s", new SequenceEvent.Usage(1, 0, 4));

    private final AnswerLog log = new AnswerLog(3);
    private final List<SequenceEffect> effects = new ArrayList<>();

    @Test
    void shouldSendNothingBeforeTheRequestIsAcceptedNorWithoutAListener() {
        log.offer(token(0, 7), effects);
        log.attach(null, effects);
        log.detach();
        log.open(effects);
        assertTrue(effects.isEmpty());
        log.attach(null, effects);
        assertEquals(List.of(new LoggedEvent(2, 0, token(0, 7))), sent());
    }

    @Test
    void shouldPaceASlowReaderAndLoseNothing() {
        log.open(effects);
        log.attach(null, effects);
        for (int i = 0; i < 6; i++) {
            assertTrue(log.offer(token(0, i), effects));
        }
        assertEquals(3, sent().size());
        log.read(1, 2, effects);
        assertEquals(5, sent().size());
        log.read(1, 5, effects);
        assertEquals(new LoggedEvent(1, 5, token(0, 5)), sent().get(5));
    }

    @Test
    void shouldNotTakeWhatAFormerListenerReadForWhatThePresentOneDid() {
        log.open(effects);
        log.attach(null, effects);
        for (int i = 0; i < 6; i++) {
            log.offer(token(0, i), effects);
        }
        log.attach(null, effects);
        effects.clear();
        log.read(1, 3, effects);
        assertTrue(effects.isEmpty());
    }

    @Test
    void shouldPassOverTheTokensThatWereReadBefore() {
        log.open(effects);
        log.offer(token(0, 10), effects);
        log.offer(token(1, 20), effects);
        log.offer(token(0, 11), effects);
        log.offer(token(1, 21), effects);
        log.offer(END, effects);
        log.attach(new ReadSoFar("tag", List.of(1, 2)), effects);
        assertEquals(List.of(new LoggedEvent(1, 0, token(0, 11)), new LoggedEvent(1, 1, END)), sent());
    }

    @Test
    void shouldCountWhatThePresentListenerWasSent() {
        log.open(effects);
        log.offer(token(0, 10), effects);
        log.offer(token(0, 11), effects);
        assertEquals(0, log.sent());
        log.attach(null, effects);
        assertEquals(2, log.sent());
        log.attach(new ReadSoFar("tag", List.of(1)), effects);
        assertEquals(1, log.sent());
    }

    @Test
    void shouldGiveTheTokensOfAChoice() {
        log.offer(token(0, 10), effects);
        log.offer(token(1, 20), effects);
        log.offer(token(0, 11), effects);
        assertEquals(List.of(scored(11)), log.tokens(0, 1));
        assertEquals(List.of(scored(20)), log.tokens(1, 0));
    }

    @Test
    void shouldCountWhatItKeeps() {
        long before = log.bytes();
        log.offer(token(0, 10), effects);
        assertTrue(log.bytes() > before);
    }

    private List<LoggedEvent> sent() {
        List<LoggedEvent> sent = new ArrayList<>();
        for (SequenceEffect effect : effects) {
            if (effect instanceof SequenceEffect.EmitLogged(var event)) {
                sent.add(event);
            }
        }
        return sent;
    }

    private static SequenceEvent token(int choice, int token) {
        return new SequenceEvent.Delta(
                "s", choice, " w" + token, List.of(new SequenceEvent.OutputToken(scored(token), 0)));
    }

    private static ScoredToken scored(int token) {
        return new ScoredToken(token, 0, List.of());
    }
}
