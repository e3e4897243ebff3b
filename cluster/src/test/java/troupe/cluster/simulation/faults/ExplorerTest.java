package troupe.cluster.simulation.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExplorerTest {
    @Test
    void shouldVisitEveryRunWithinTheLimitOnce() {
        // Three questions with four bad answers each.
        List<List<Integer>> visited = new ArrayList<>();
        Explorer explorer = new Explorer(EnumSet.of(Peril.MESSAGE), fates -> {
            List<Integer> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                answers.add(fates.choose(Peril.MESSAGE));
            }
            visited.add(answers);
        });
        explorer.explore(2);

        assertEquals(1 + 3 * 4 + 3 * 4 * 4, visited.size());
        assertEquals(visited.size(), new HashSet<>(visited).size());
        assertEquals(visited.size(), explorer.runs());
    }

    @Test
    void shouldAskOnceMoreWhereADeviationLeadsToMoreQuestions() {
        Explorer explorer = new Explorer(EnumSet.of(Peril.CLIENT), fates -> {
            if (fates.choose(Peril.CLIENT) == 1) {
                fates.choose(Peril.CLIENT);
            }
        });
        explorer.explore(2);

        int bad = Peril.CLIENT.outcomes() - 1;
        assertEquals(1 + bad + bad, explorer.runs());
    }

    @Test
    void shouldLeaveOtherPerilsAlone() {
        Set<Integer> answers = new HashSet<>();
        new Explorer(EnumSet.of(Peril.CLIENT), fates -> answers.add(fates.choose(Peril.STEP))).explore(3);

        assertEquals(Set.of(0), answers);
    }

    @Test
    void shouldReplayWhatItFound() {
        Explorer explorer = new Explorer(EnumSet.of(Peril.MESSAGE), fates -> {
            boolean lost = fates.choose(Peril.MESSAGE) == Peril.LOST;
            if (lost && fates.choose(Peril.MESSAGE) == Peril.LATE) {
                throw new IllegalStateException("lost, then late");
            }
        });
        Explorer.Found found = assertThrows(Explorer.Found.class, () -> explorer.explore(2));

        assertEquals("[0:MESSAGE=1, 1:MESSAGE=3]", found.deviations().toString());
        assertThrows(IllegalStateException.class, () -> explorer.replay(found.deviations()));
        explorer.replay(List.of());
    }
}
