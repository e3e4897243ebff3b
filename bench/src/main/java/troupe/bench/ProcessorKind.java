package troupe.bench;

/** The kinds of processor that targets are set for. */
enum ProcessorKind {
    /** With neither AMX nor AVX-512 VNNI, or without one of them. */
    AVX2("AVX2"),
    AMX("AVX-512 VNNI and AMX");

    private final String title;

    ProcessorKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** @param flags as {@code /proc/cpuinfo} lists them */
    static ProcessorKind of(String flags) {
        return flags.contains("amx_int8") && flags.contains("avx512_vnni") ? AMX : AVX2;
    }
}
