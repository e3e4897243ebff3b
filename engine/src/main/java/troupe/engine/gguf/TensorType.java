package troupe.engine.gguf;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The element types of tensors that this reader supports, with ggml's type number and storage layout.
 *
 * <p>Quantized types store a row as blocks of {@link #blockSize()} elements, {@link #blockBytes()} bytes each; the plain
 * types have blocks of one element.
 */
public enum TensorType {
    /** IEEE 754 binary32. */
    F32(0, 1, 4),
    /** IEEE 754 binary16. */
    F16(1, 1, 2),
    /** 32 elements: f16 scale d, 16 bytes of nibbles q; element = d * (q - 8). */
    Q4_0(2, 32, 18),
    /** 32 elements: f16 scale d, f16 minimum m, 16 bytes of nibbles q; element = d * q + m. */
    Q4_1(3, 32, 20),
    /** 32 elements: f16 scale d, 4 bytes of fifth bits, 16 bytes of nibbles; element = d * (q - 16). */
    Q5_0(6, 32, 22),
    /** 32 elements: f16 scale d, f16 minimum m, 4 bytes of fifth bits, 16 bytes of nibbles; element = d * q + m. */
    Q5_1(7, 32, 24),
    /** 32 elements: f16 scale d, 32 signed bytes q; element = d * q. */
    Q8_0(8, 32, 34),
    /** 256 elements, eight blocks of 4-bit q: see {@link SuperBlocks#q4k}. */
    Q4_K(12, 256, 144),
    /** 256 elements, eight blocks of 5-bit q: see {@link SuperBlocks#q5k}. */
    Q5_K(13, 256, 176),
    /** 256 elements, sixteen blocks of 6-bit q: see {@link SuperBlocks#q6k}. */
    Q6_K(14, 256, 210),
    /** The upper 16 bits of an IEEE 754 binary32. */
    BF16(30, 1, 2);

    /** ggml's names of the type numbers that exist but are not supported, so that an error can say the name. */
    private static final Map<Integer, String> UNSUPPORTED = Map.ofEntries(
            Map.entry(9, "Q8_1"),
            Map.entry(10, "Q2_K"),
            Map.entry(11, "Q3_K"),
            Map.entry(15, "Q8_K"),
            Map.entry(16, "IQ2_XXS"),
            Map.entry(17, "IQ2_XS"),
            Map.entry(18, "IQ3_XXS"),
            Map.entry(19, "IQ1_S"),
            Map.entry(20, "IQ4_NL"),
            Map.entry(21, "IQ3_S"),
            Map.entry(22, "IQ2_S"),
            Map.entry(23, "IQ4_XS"),
            Map.entry(24, "I8"),
            Map.entry(25, "I16"),
            Map.entry(26, "I32"),
            Map.entry(27, "I64"),
            Map.entry(28, "F64"),
            Map.entry(29, "IQ1_M"),
            Map.entry(34, "TQ1_0"),
            Map.entry(35, "TQ2_0"),
            Map.entry(39, "MXFP4"));

    private final int id;
    private final int blockSize;
    private final int blockBytes;

    TensorType(int id, int blockSize, int blockBytes) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The number of the type in the file. */
    public int id() {
        return id;
    }

    /** Elements per block. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes per block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Bytes of a row of {@code columns} elements, which must be a multiple of {@link #blockSize()}. */
    public long rowBytes(int columns) {
        if (columns % blockSize != 0) {
            throw new IllegalArgumentException(
                    "columns is " + columns + ", not a multiple of " + blockSize + ", the block size of " + this);
        }
        return (long) (columns / blockSize) * blockBytes;
    }

    /** The type with ggml's number {@code id}; {@code tensor} is named in the error where it is not supported. */
    static TensorType of(long id, String tensor) {
        for (TensorType type : values()) {
            if (type.id == id) {
                return type;
            }
        }
        String known = id <= Integer.MAX_VALUE ? UNSUPPORTED.get((int) id) : null;
        throw new ModelFormatException("tensor " + tensor + " has type " + (known == null ? "number " + id : known)
                + "; supported are "
                + Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", ")));
    }
}
