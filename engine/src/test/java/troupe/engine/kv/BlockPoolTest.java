package troupe.engine.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
    @Test
    void shouldAllocateEachBlockOnceAndThenSayThatNoneIsLeft() {
        BlockPool pool = new BlockPool(2);
        assertEquals(OptionalInt.of(0), pool.allocate());
        assertEquals(OptionalInt.of(1), pool.allocate());
        assertEquals(OptionalInt.empty(), pool.allocate());
    }

    @Test
    void shouldBecomeIdleOnlyWhenTheLastUserReleases() {
        BlockPool pool = new BlockPool(1);
        int block = pool.allocate().orElseThrow();
        pool.retain(block);
        assertFalse(pool.release(block));
        assertTrue(pool.release(block));
        assertEquals(0, pool.freeBlocks());
        pool.free(block);
        assertEquals(1, pool.freeBlocks());
    }

    @Test
    void shouldRefuseToReleaseOrFreeOrRetainWhatIsNotThere() {
        BlockPool pool = new BlockPool(1);
        assertThrows(IllegalStateException.class, () -> pool.retain(0));
        assertThrows(IllegalStateException.class, () -> pool.release(0));
        assertThrows(IllegalStateException.class, () -> pool.free(0));
        pool.allocate();
        assertThrows(IllegalStateException.class, () -> pool.free(0));
    }

    @Test
    void shouldRefuseAnEmptyPool() {
        assertThrows(IllegalArgumentException.class, () -> new BlockPool(0));
    }
}
