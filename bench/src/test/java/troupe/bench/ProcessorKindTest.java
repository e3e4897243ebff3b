package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ProcessorKindTest {
    @Test
    void shouldBeTheWidestSetThatTheProcessorHas() {
        String vnni = "fma avx2 avx512f avx512_vnni";
        assertEquals(ProcessorKind.AVX2, ProcessorKind.of("AuthenticAMD", "fma avx2"));
        assertEquals(ProcessorKind.AVX2, ProcessorKind.of("GenuineIntel", "fma avx2"));
        assertEquals(ProcessorKind.AVX512, ProcessorKind.of("AuthenticAMD", vnni));
        assertEquals(ProcessorKind.AVX512_INTEL, ProcessorKind.of("GenuineIntel", vnni));
        assertEquals(ProcessorKind.AMX, ProcessorKind.of("GenuineIntel", vnni + " amx_tile amx_int8"));
    }

    @Test
    void shouldKeepTheReportsOfKindsApart() {
        assertEquals("peers-amx.md", ProcessorKind.AMX.file("peers", "md"));
        assertEquals("peers-avx512.md", ProcessorKind.AVX512.file("peers", "md"));
        assertEquals("peers-avx512-intel.md", ProcessorKind.AVX512_INTEL.file("peers", "md"));
    }
}
