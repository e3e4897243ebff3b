package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ProcessorKindTest {
    @Test
    void shouldBeTheWidestSetThatTheProcessorHas() {
        assertEquals(ProcessorKind.AVX2, ProcessorKind.of("fma avx2"));
        assertEquals(ProcessorKind.AVX512, ProcessorKind.of("fma avx2 avx512f avx512_vnni"));
        assertEquals(ProcessorKind.AMX, ProcessorKind.of("avx2 avx512f avx512_vnni amx_tile amx_int8"));
    }

    @Test
    void shouldKeepTheReportsOfKindsApart() {
        assertEquals("peers-amx.md", ProcessorKind.AMX.file("peers", "md"));
        assertEquals("peers-avx512.md", ProcessorKind.AVX512.file("peers", "md"));
    }
}
