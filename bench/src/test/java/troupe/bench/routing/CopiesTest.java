package troupe.bench.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import troupe.cluster.simulation.Turn;
import troupe.engine.TokenIds;

class CopiesTest {
    @Test
    void shouldHaveEverySessionOnceInEachCopyAndInOrder() {
        AgentSessions sessions = new AgentSessions(20, 3);
        Copies copies = new Copies(sessions, 3);
        assertEquals(60, copies.size());
        Map<Integer, Integer> lengths = new HashMap<>();
        Set<TokenIds> beginnings = new HashSet<>();
        double last = 0;
        for (int i = 0; i < copies.size(); i++) {
            assertTrue(copies.startSeconds(i) >= last);
            last = copies.startSeconds(i);
            Turn turn = copies.turns(i).getLast();
            lengths.merge(turn.prompt().size(), 1, Integer::sum);
            beginnings.add(turn.prompt().tokens(10_000).slice(0, AgentSessions.SYSTEM_TOKENS));
        }
        Map<Integer, Integer> expected = new HashMap<>();
        Set<TokenIds> original = new HashSet<>();
        for (int i = 0; i < sessions.size(); i++) {
            Turn turn = sessions.turns(i).getLast();
            expected.merge(turn.prompt().size(), 3, Integer::sum);
            original.add(turn.prompt().tokens(10_000).slice(0, AgentSessions.SYSTEM_TOKENS));
        }
        assertEquals(expected, lengths);
        assertTrue(beginnings.containsAll(original), "one copy is the workload itself");
        assertEquals(3 * original.size(), beginnings.size());
    }

    @Test
    void shouldGiveSessionsWhoseTurnsGoOn() {
        for (Turn turn : new AgentSessions(1, 1).turns(0)) {
            assertTrue(turn.prompt().size() > AgentSessions.SYSTEM_TOKENS);
        }
        var turns = new Copies(new AgentSessions(2, 1), 2).turns(3);
        TokenIds second = turns.get(1).prompt().tokens(10_000);
        TokenIds first = turns.get(0).prompt().tokens(10_000);
        assertEquals(first, second.slice(0, first.size()));
    }
}
