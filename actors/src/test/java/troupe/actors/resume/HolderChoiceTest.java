package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HolderChoiceTest {
    @Test
    void shouldTakeTheNextInTheRing() {
        Set<String> others = Set.of("a", "c", "d");
        assertEquals(Optional.of("c"), HolderChoice.of("b", others, Set.of()));
        assertEquals(Optional.of("d"), HolderChoice.of("b", others, Set.of("c")));
        assertEquals(Optional.of("a"), HolderChoice.of("b", others, Set.of("c", "d")));
        assertEquals(Optional.of("a"), HolderChoice.of("e", others, Set.of()));
    }

    @Test
    void shouldTakeNobodyWhereNobodyIsLeft() {
        assertEquals(Optional.empty(), HolderChoice.of("b", Set.of(), Set.of()));
        assertEquals(Optional.empty(), HolderChoice.of("b", Set.of("b", "c"), Set.of("c")));
    }
}
