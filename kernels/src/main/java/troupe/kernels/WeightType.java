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
    Q8_0(5, 32, 34, true);

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

    /** Bytes in front of a block's integers: its scale and minimum; 0 for types without blocks. */
    int headerBytes() {
        return switch (this) {
            case F32, F16, BF16 -> 0;
            case Q4_0, Q8_0 -> 2;
            case Q4_1 -> 4;
        };
    }
}
