package troupe.bench;

/** The kinds of processor that reports are kept apart for: a figure of one says little about another. */
public enum ProcessorKind {
    /** With neither AMX nor AVX-512 VNNI. */
    AVX2("avx2", "AVX2"),
    /** AVX-512 VNNI without AMX, not by Intel. */
    AVX512("avx512", "AVX-512 VNNI without AMX"),
    /** The same by Intel, whose cores have two ports for all that is done with 512 bits; others have more. */
    AVX512_INTEL("avx512-intel", "AVX-512 VNNI without AMX, by Intel"),
    AMX("amx", "AVX-512 VNNI and AMX");

    private final String suffix;
    private final String title;

    ProcessorKind(String suffix, String title) {
        this.suffix = suffix;
        this.title = title;
    }

    String title() {
        return title;
    }

    /** The name of this kind's file of a report, {@code peers-amx.md} for example. */
    public String file(String report, String extension) {
        return report + "-" + suffix + "." + extension;
    }

    /**
     * @param vendor and {@code flags}: as {@code /proc/cpuinfo} names them
     */
    static ProcessorKind of(String vendor, String flags) {
        if (!flags.contains("avx512_vnni")) {
            return AVX2;
        }
        if (flags.contains("amx_int8")) {
            return AMX;
        }
        return vendor.equals("GenuineIntel") ? AVX512_INTEL : AVX512;
    }
}
