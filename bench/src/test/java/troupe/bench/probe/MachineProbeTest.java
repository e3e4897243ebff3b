package troupe.bench.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MachineProbeTest {
    private static final long BYTES = 1 << 16;

    @Test
    void shouldReturnTheWorkOfEveryProbeThatRunsHere() {
        Optional<ProbeLibrary> library = ProbeLibrary.load();
        if (library.isEmpty()) {
            System.out.println("not run: the build has no probe for this platform or found no C compiler");
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            for (ProbeKind kind : ProbeKind.values()) {
                boolean reads = ProbeKind.READ.contains(kind);
                if (library.get().available(kind)) {
                    MemorySegment memory =
                            arena.allocate(reads ? BYTES : library.get().operandBytes(), 64);
                    long work = library.get().run(kind, memory, 3);
                    assertEquals(3 * library.get().run(kind, memory, 1), work, kind.name());
                    assertTrue(reads ? work == 3 * BYTES : work > 0, kind.name());
                } else {
                    System.out.println(kind + " not run: this processor lacks it");
                }
            }
        }
    }
}
