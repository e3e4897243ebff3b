package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class HugePagesTest {
    private static final String SMAPS = """
            7f0000000000-7f0000600000 r--s 00000000 fe:00 42 /cache/model.packed
            Size:               6144 kB
            FilePmdMapped:      4096 kB
            VmFlags: rd sh mr mw me ms hg
            7f0000600000-7f0000a00000 rw-p 00000000 00:00 0
            AnonHugePages:      2048 kB
            FilePmdMapped:         0 kB
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
            AnonHugePages:         0 kB
            """;

    private static long count(long from, long to) throws IOException {
        return HugePages.count(new BufferedReader(new StringReader(SMAPS)), from, to);
    }

    @Test
    void shouldCountThePagesOfTheMappingsUnderASegment() throws IOException {
        assertEquals(4096 << 10, count(0x7f0000000000L, 0x7f0000600000L));
        assertEquals(2048 << 10, count(0x7f0000600000L, 0x7f0000a00000L));
        assertEquals(6144 << 10, count(0x7f0000000000L, 0x7f0000a00000L));
    }

    @Test
    void shouldCountNoMoreThanTheSegmentHas() throws IOException {
        assertEquals(4096, count(0x7f0000001000L, 0x7f0000002000L));
        assertEquals(0, count(0x7f0000a00000L, 0x7f0000b00000L));
    }

    @Test
    void shouldReadThisProcess() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = NativeMemory.allocate(arena, 8L << 20);
            assertEquals(0, HugePages.bytesUnder(memory)); // never touched
            memory.fill((byte) 1);
            long huge = HugePages.bytesUnder(memory);
            assertTrue(huge >= 0 && huge <= 8L << 20 && huge % (2L << 20) == 0, huge + " bytes");
        }
    }
}
