package troupe.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;

class BlockManagerTest {
    private static final BlockHash ROOT = BlockHash.root("n", "", "");

    private final BlockManager blocks = new BlockManager(4, 2);

    @Test
    void shouldFindTheLongestPublishedPrefix() {
        BlockHashes hashes = hashes(1, 2, 3, 4, 5, 6);
        BlockTable table = computed(hashes, 2);
        assertEquals(2, blocks.cachedPrefix(hashes, 3));
        assertEquals(1, blocks.cachedPrefix(hashes, 1));
        assertEquals(1, blocks.cachedPrefix(hashes(1, 2, 9, 9), 2));
        assertEquals(0, blocks.cachedPrefix(hashes(9, 9, 3, 4), 2));
        blocks.verify(List.of(table));
    }

    @Test
    void shouldShareBlocksAndKeepThemUntilTheLastUserIsGone() {
        BlockHashes hashes = hashes(1, 2, 3, 4);
        BlockTable one = computed(hashes, 2);
        BlockTable two = new BlockTable();
        blocks.takePrefix(two, hashes, 2);
        assertEquals(one.first(2), two.first(2));
        assertEquals(2, blocks.usedBlocks());
        blocks.release(one);
        assertEquals(2, blocks.usedBlocks());
        blocks.release(two);
        assertEquals(0, blocks.usedBlocks());
        assertEquals(2, blocks.cachedBlocks());
        blocks.verify(List.of());
    }

    @Test
    void shouldTurnATableToTheBlockThatIsInTheTreeAlready() {
        BlockHashes hashes = hashes(1, 2, 3, 4);
        BlockTable one = new BlockTable();
        BlockTable two = new BlockTable();
        assertTrue(blocks.grow(one, 2));
        assertTrue(blocks.grow(two, 2));
        assertNotEquals(one.first(2), two.first(2));
        blocks.publish(one, hashes, 2);
        blocks.publish(two, hashes, 2);
        assertEquals(one.first(2), two.first(2));
        assertEquals(2, blocks.usedBlocks());
        blocks.verify(List.of(one, two));
    }

    @Test
    void shouldFreeUnpublishedBlocksAtOnce() {
        BlockTable table = new BlockTable();
        blocks.grow(table, 3);
        blocks.release(table);
        assertEquals(0, blocks.cachedBlocks());
        assertEquals(4, blocks.availableBlocks());
    }

    @Test
    void shouldEvictTheLongestIdleLeafFirstAndParentsAfterTheirChildren() {
        BlockHashes older = hashes(1, 2, 3, 4);
        BlockHashes newer = hashes(5, 6, 7, 8);
        blocks.release(computed(older, 2));
        blocks.release(computed(newer, 2));
        BlockTable table = new BlockTable();
        assertTrue(blocks.grow(table, 1));
        assertEquals(1, blocks.cachedPrefix(older, 2));
        assertEquals(2, blocks.cachedPrefix(newer, 2));
        assertTrue(blocks.grow(table, 2));
        assertEquals(0, blocks.cachedPrefix(older, 2));
        assertEquals(2, blocks.cachedPrefix(newer, 2));
        blocks.verify(List.of(table));
    }

    @Test
    void shouldNotEvictWhatIsInUse() {
        BlockHashes hashes = hashes(1, 2, 3, 4, 5, 6);
        BlockTable used = computed(hashes, 3);
        BlockTable table = new BlockTable();
        assertFalse(blocks.grow(table, 2));
        assertEquals(0, table.size());
        assertTrue(blocks.grow(table, 1));
        blocks.verify(List.of(used, table));
    }

    @Test
    void shouldCountIdleBlocksAmongCachedOnes() {
        BlockHashes hashes = hashes(1, 2, 3, 4);
        BlockTable both = computed(hashes, 2);
        assertEquals(0, blocks.idleAmong(hashes, 2));
        BlockTable first = new BlockTable();
        blocks.takePrefix(first, hashes, 1);
        blocks.release(both);
        assertEquals(1, blocks.idleAmong(hashes, 2));
    }

    @Test
    void shouldNoticeALostTable() {
        BlockTable table = computed(hashes(1, 2), 1);
        assertEquals(1, table.size());
        assertThrows(IllegalStateException.class, () -> blocks.verify(List.of()));
    }

    private BlockTable computed(BlockHashes hashes, int count) {
        BlockTable table = new BlockTable();
        assertTrue(blocks.grow(table, count));
        blocks.publish(table, hashes, count);
        return table;
    }

    private static BlockHashes hashes(int... tokens) {
        BlockHashes hashes = new BlockHashes(ROOT, 2);
        hashes.extend(new TokenSequence(TokenIds.of(tokens), TokenIds.EMPTY));
        return hashes;
    }
}
