package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
    @Test
    void shouldGiveZeroedAlignedMemoryOfAnySizeForTheLifeOfTheArena() {
        for (long bytes : new long[] {1, 100, NativeMemory.HUGE_PAGE - 1, NativeMemory.HUGE_PAGE, (5L << 20) + 7}) {
            MemorySegment memory;
            try (Arena arena = Arena.ofConfined()) {
                memory = NativeMemory.allocate(arena, bytes);
                assertEquals(bytes, memory.byteSize());
                assertEquals(0, memory.address() % PackedMatrix.ALIGNMENT);
                assertEquals(0, memory.get(Memory.I8, bytes - 1));
                memory.fill((byte) 1);
                assertEquals(1, memory.get(Memory.I8, bytes - 1));
            }
            assertThrows(IllegalStateException.class, () -> memory.get(Memory.I8, 0));
        }
    }

    @Test
    void shouldTakeNoRoomForMemoryThatIsNotWritten() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = NativeMemory.allocate(arena, 64L << 30);
            memory.set(Memory.I8, 40L << 30, (byte) 7);
            assertEquals(7, memory.get(Memory.I8, 40L << 30));
        }
    }

    @Test
    void shouldNotAdviseMemoryWithoutAWholePage() {
        try (Arena arena = Arena.ofConfined()) {
            assertFalse(NativeMemory.adviseHugePages(arena.allocate(100)));
            assertFalse(NativeMemory.adviseHugePages(MemorySegment.ofArray(new byte[100_000])));
        }
    }

    @Test
    void shouldRunAnActionWhenTheArenaIsClosedAndNotBefore() {
        AtomicInteger runs = new AtomicInteger();
        try (Arena arena = Arena.ofShared()) {
            NativeMemory.whenClosed(arena, runs::incrementAndGet);
            assertEquals(0, runs.get());
        }
        assertEquals(1, runs.get());
    }

    @Test
    void shouldRejectNegativeSizes() {
        assertThrows(IllegalArgumentException.class, () -> NativeMemory.allocate(Arena.global(), -1));
    }
}
