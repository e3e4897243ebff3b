package troupe.kernels;

/** Element types of weight matrices, in the memory layouts of the GGUF format (ggml's {@code block_q*} structures). */
public enum WeightType {
    /** IEEE binary32. */
    F32(0, 1, 4, false),
    /** IEEE binary16. */
    F16(1, 1, 2, false),
    /** The upper half of a binary32. */
    BF16(2, 1, 2, false),
    /** 32 values: an f16 scale d and 32 nibbles q; value = d * (q - 8). */
    Q4_0(3, 32, 18, true),
    /** 32 values: an f16 scale d, an f16 minimum m and 32 nibbles q; value = d * q + m. */
    Q4_1(4, 32, 20, true),
    /** 32 values: an f16 scale d and 32 signed bytes q; value = d * q. */
    Q8_0(5, 32, 34, true),
    /** 32 values: an f16 scale d, 32 fifth bits and 32 nibbles, together q; value = d * (q - 16). */
    Q5_0(6, 32, 22, true),
    /** 32 values: an f16 scale d, an f16 minimum m, 32 fifth bits and 32 nibbles, together q; value = d * q + m. */
    Q5_1(7, 32, 24, true),
    /**
     * 256 values: f16 d and dmin; for each 32 of them a scale s and a minimum m of 6 bits; 256 nibbles q; value = d * s *
     * q - dmin * m.
     */
    Q4_K(8, 256, 144, true),
    /** As Q4_K, with 256 fifth bits. */
    Q5_K(9, 256, 176, true),
    /** 256 values: f16 d, a signed byte s for each 16 of them, 256 integers q of 6 bits; value = d * s * (q - 32). */
    Q6_K(10, 256, 210, true);

    private final int code;
    private final int blockElements;
    private final int blockBytes;
    private final boolean quantized;

    WeightType(int code, int blockElements, int blockBytes, boolean quantized) {
        this.code = code;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.quantized = quantized;
    }

    /** The number of the type in the C ABI: {@code enum weight_type}. */
    int code() {
        return code;
    }

    /** Whether values come in scaled integer blocks, which are multiplied with activations quantized to int8. */
    public boolean quantized() {
        return quantized;
    }

    /** Values in one block along a row; a row has a whole number of blocks. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Bytes of one row of {@code columns} values. */
    public long rowBytes(int columns) {
        return (long) columns / blockElements * blockBytes;
    }

    /** Bytes of a row's scales and minimums in a packed block; 0 for types without blocks. */
    int headerBytes() {
        return switch (this) {
            case F32, F16, BF16 -> 0;
            case Q4_0, Q8_0, Q5_0 -> 2;
            case Q4_1, Q5_1 -> 4;
            case Q4_K, Q5_K -> 2 + 2 + 12;
            case Q6_K -> 2 + 16;
        };
    }

    /** Bytes of a row's bits above the nibbles in 32 columns of a packed block. */
    int upperBytes() {
        return switch (this) {
            case F32, F16, BF16, Q4_0, Q4_1, Q8_0, Q4_K -> 0;
            case Q5_0, Q5_1, Q5_K -> 4;
            case Q6_K -> 8;
        };
    }
}
