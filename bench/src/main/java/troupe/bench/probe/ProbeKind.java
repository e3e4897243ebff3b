package troupe.bench.probe;

import java.util.List;

/** What the native probe can measure, by the numbers of {@code probe.c}. */
enum ProbeKind {
    READ_AVX2(0),
    READ_AVX512(1),
    F32_AVX2(2),
    F32_AVX512(3),
    INT8_AVX2(4),
    INT8_VNNI(5),
    INT8_AMX(6),
    SCALED_AVX2(7),
    SCALED_VNNI(8),
    SCALED_AMX(9);

    static final List<ProbeKind> READ = List.of(READ_AVX2, READ_AVX512);
    static final List<ProbeKind> F32 = List.of(F32_AVX2, F32_AVX512);
    static final List<ProbeKind> INT8 = List.of(INT8_AVX2, INT8_VNNI, INT8_AMX);
    static final List<ProbeKind> SCALED = List.of(SCALED_AVX2, SCALED_VNNI, SCALED_AMX);

    private final int number;

    ProbeKind(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
