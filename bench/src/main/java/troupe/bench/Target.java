package troupe.bench;

/**
 * How many times better than the peer a figure is to be, by the kind of processor.
 *
 * @param avx2 without AMX, with or without AVX-512
 */
record Target(double avx2, double amx) {
    double on(ProcessorKind kind) {
        return switch (kind) {
            case AVX2, AVX512, AVX512_INTEL -> avx2;
            case AMX -> amx;
        };
    }
}
