package troupe.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;

class KvChangesTest {
    @Test
    void shouldBeTakenOnceAndInOrder() {
        KvChanges.Log log = new KvChanges.Log();
        for (int i = 0; i < 100; i++) {
            log.stored(i, -i);
            log.removed(i, -i);
        }
        KvChanges changes = log.take();
        assertEquals(200, changes.size());
        assertEquals(KvChanges.Kind.STORED, changes.kind(198));
        assertEquals(KvChanges.Kind.REMOVED, changes.kind(199));
        assertEquals(99, changes.high(199));
        assertEquals(-99, changes.low(199));
        assertSame(KvChanges.NONE, log.take());
    }

    @Test
    void shouldTravelAsBytes() {
        KvChanges.Log log = new KvChanges.Log();
        log.cleared();
        log.stored(Long.MIN_VALUE, 7);
        log.removed(1, -1);
        KvChanges changes = log.take();
        assertEquals(3 * 17, changes.toBytes().length);
        assertEquals(changes, KvChanges.fromBytes(changes.toBytes()));
    }

    @Test
    void shouldRefuseOtherBytes() {
        assertThrows(IllegalArgumentException.class, () -> KvChanges.fromBytes(new byte[16]));
        byte[] unknown = new byte[17];
        unknown[0] = 3;
        assertThrows(IllegalArgumentException.class, () -> KvChanges.fromBytes(unknown));
    }

    @Test
    void shouldTellWhatEntersAndLeavesTheCache() {
        BlockManager blocks = new BlockManager(2, 2);
        BlockHashes hashes = hashes("a");
        BlockTable table = new BlockTable();
        assertTrue(blocks.grow(table, 2));
        blocks.publish(table, hashes, 2);
        KvChanges stored = blocks.takeChanges();
        assertEquals(2, stored.size());
        assertEquals(hashes.get(0).high(), stored.high(0));
        assertEquals(hashes.get(1).low(), stored.low(1));
        blocks.release(table);
        assertTrue(blocks.takeChanges().isEmpty(), "idle blocks stay in the cache");

        assertTrue(blocks.grow(table, 1));
        KvChanges removed = blocks.takeChanges();
        assertEquals(1, removed.size());
        assertEquals(KvChanges.Kind.REMOVED, removed.kind(0));
        assertEquals(hashes.get(1).high(), removed.high(0));
    }

    private static BlockHashes hashes(String salt) {
        BlockHashes hashes = new BlockHashes(BlockHash.root("n", "", salt), 2);
        hashes.extend(new TokenSequence(TokenIds.of(1, 2, 3, 4), TokenIds.EMPTY));
        return hashes;
    }
}
