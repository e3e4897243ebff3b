package troupe.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;

class BlockTableTest {
    private final BlockTable table = new BlockTable();

    @Test
    void shouldGiveTheSameCopyUntilABlockOfItChanges() {
        table.append(4);
        table.append(5);
        TokenIds first = table.first(2);
        assertEquals(TokenIds.of(4, 5), first);
        table.append(6);
        table.publishNext(4);
        assertSame(first, table.first(2));

        table.publishNext(9);
        assertEquals(TokenIds.of(4, 9), table.first(2));
        assertEquals(TokenIds.of(4, 5), first);
        assertEquals(TokenIds.of(4, 9, 6), table.first(3));
        assertEquals(TokenIds.of(4), table.first(1));
    }

    @Test
    void shouldGiveNoBlockThatWasTakenAway() {
        table.append(4);
        table.append(5);
        assertEquals(TokenIds.of(4, 5), table.first(2));
        assertEquals(5, table.removeLast());
        table.append(7);
        assertEquals(TokenIds.of(4, 7), table.first(2));
    }
}
