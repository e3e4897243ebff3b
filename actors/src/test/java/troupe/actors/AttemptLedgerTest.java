package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.executor.ScoredToken;

class AttemptLedgerTest {
    private final AttemptLedger<String> ledger = new AttemptLedger<>();

    @Test
    void shouldSendOneMessagePerDestinationAndStep() {
        ledger.open(key("a", 0), "here");
        ledger.open(key("b", 0), "here");
        ledger.open(key("c", 0), "there");
        ledger.record(List.of(token("a", 0), token("b", 0), token("c", 0)));

        List<AttemptLedger.Delivery<String>> deliveries = ledger.deliveries();
        assertEquals(2, deliveries.size());
        assertEquals(2, deliveries.get(0).events().size());
        assertTrue(ledger.deliveries().isEmpty());
    }

    @Test
    void shouldSendAgainFromTheFirstMissingEventAndForgetTheAcknowledgedOnes() {
        ledger.open(key("a", 0), "here");
        ledger.record(List.of(token("a", 0), token("a", 1), token("a", 2)));
        ledger.deliveries();
        ledger.acknowledge(key("a", 0), 1);
        ledger.resend(key("a", 0), 0);

        assertEquals(List.of(1, 2), numbers(ledger.deliveries()));
    }

    @Test
    void shouldKeepATerminalEventUntilItIsAcknowledged() {
        ledger.open(key("a", 0), "here");
        ledger.record(List.of(new EngineEvent.Cancelled(key("a", 0))));
        ledger.deliveries();
        assertFalse(ledger.hasRunning());
        ledger.tick();
        assertTrue(ledger.deliveries().isEmpty());
        ledger.tick();
        assertEquals(List.of(0), numbers(ledger.deliveries()));
        ledger.acknowledge(key("a", 0), 1);
        assertTrue(ledger.of("a", 1).isEmpty());
    }

    @Test
    void shouldNotTakeForCompanyWhatHasEnded() {
        ledger.open(key("a", 0), "here");
        assertFalse(ledger.hasRunningBeside("a"));
        assertTrue(ledger.hasRunningBeside("b"));
        ledger.record(List.of(new EngineEvent.Cancelled(key("a", 0))));
        assertFalse(ledger.hasRunningBeside("b"));
    }

    @Test
    void shouldHoldEventsBackFromADestinationWithoutCredit() {
        ledger.open(key("a", 0), "here");
        for (int i = 0; i < AttemptLedger.CREDIT; i++) {
            ledger.record(List.of(token("a", i)));
            assertEquals(1, ledger.deliveries().size());
        }
        ledger.record(List.of(token("a", AttemptLedger.CREDIT), token("a", AttemptLedger.CREDIT + 1)));
        assertTrue(ledger.deliveries().isEmpty());
        ledger.read("here", 10);
        assertEquals(List.of(AttemptLedger.CREDIT, AttemptLedger.CREDIT + 1), numbers(ledger.deliveries()));
    }

    @Test
    void shouldKnowRepeatedLaterAndSupersededAttempts() {
        assertEquals(AttemptLedger.Opening.NEW, ledger.check(key("a", 1)));
        ledger.open(key("a", 1), "here");
        assertEquals(AttemptLedger.Opening.KNOWN, ledger.check(key("a", 1)));
        assertEquals(AttemptLedger.Opening.SUPERSEDED, ledger.check(key("a", 0)));
        assertEquals(Optional.of(key("a", 1)), ledger.open(key("a", 2), "here"));
        ledger.record(List.of(new EngineEvent.Cancelled(key("a", 1))));
        assertTrue(ledger.deliveries().isEmpty());
    }

    @Test
    void shouldGiveUpAnAttemptWhoseOwnerAcknowledgesNothing() {
        ledger.open(key("a", 0), "here");
        List<EngineEvent> events = new ArrayList<>();
        for (int i = 0; i <= AttemptLedger.MOST_KEPT_EVENTS; i++) {
            events.add(token("a", i));
        }
        assertEquals(List.of(key("a", 0)), ledger.record(events));
        assertTrue(ledger.of("a", 1).isEmpty());
    }

    private static List<Integer> numbers(List<AttemptLedger.Delivery<String>> deliveries) {
        List<Integer> numbers = new ArrayList<>();
        deliveries.forEach(delivery -> delivery.events().forEach(event -> numbers.add(event.number())));
        return numbers;
    }

    private static AttemptKey key(String sequence, int attempt) {
        return new AttemptKey(sequence, 1, attempt, 0);
    }

    private static EngineEvent token(String sequence, int index) {
        return new EngineEvent.Tokens(key(sequence, 0), index, List.of(new ScoredToken(index, Float.NaN, List.of())));
    }
}
