package troupe.bench;

/** How many times better than the peer a figure is to be, by the kind of processor. */
record Target(double avx2, double amx) {
    double on(ProcessorKind kind) {
        return switch (kind) {
            case AVX2 -> avx2;
            case AMX -> amx;
        };
    }
}
