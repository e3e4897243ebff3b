package troupe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * A weight matrix [rows][columns] in the layout that the kernels read: rows interleaved by 16, so that a vector lane is
 * a row. A group holds 16 consecutive rows; rows beyond the last one are zero. Within a group:
 *
 * <ul>
 *   <li>F32, F16, BF16: [column][16 rows].
 *   <li>Quantized: block after block of 32 columns; each block is 16 f16 scales, for Q4_1 16 f16 minimums, and the
 *       integers as 64-byte vectors [16 rows][4 bytes]. Q4: 4 vectors; byte t of row r in vector j is byte 4j+t of the
 *       row's nibbles: column 4j+t in its low half, column 16+4j+t in its high half. Q8_0: 8 vectors; byte t of row r
 *       in vector j is column 4j+t.
 * </ul>
 *
 * A packed matrix takes exactly the bytes of its rows, rounded up to a multiple of 16, in the source layout. Data
 * should be aligned to {@value #ALIGNMENT} bytes for speed; the kernels do not depend on it.
 *
 * @param type the type of the values
 * @param rows output elements, at least 1
 * @param columns input elements, at least 1 and a multiple of the type's block
 * @param data native memory of at least {@link #bytes} bytes
 */
public record PackedMatrix(WeightType type, int rows, int columns, MemorySegment data) {
    /** Raised whenever the packed layout changes: a file of packed weights is good for one version only. */
    public static final int LAYOUT_VERSION = 1;

    /** Rows in a group. */
    public static final int GROUP_ROWS = 16;

    /** Alignment in bytes at which the kernels run fastest. */
    public static final int ALIGNMENT = 64;

    public PackedMatrix {
        long required = bytes(type, rows, columns);
        if (!data.isNative()) {
            throw new IllegalArgumentException("data is a heap segment, native memory is required");
        }
        if (data.byteSize() < required) {
            throw new IllegalArgumentException("data has " + data.byteSize() + " bytes, a " + type + " matrix of "
                    + rows + " x " + columns + " needs " + required);
        }
    }

    /** Bytes of a packed matrix. Fails when a dimension is below 1 or the columns are not a multiple of the block. */
    public static long bytes(WeightType type, int rows, int columns) {
        return Math.multiplyExact(groups(rows), groupBytes(type, checkedColumns(type, columns)));
    }

    /** Groups of 16 rows: ceil(rows / 16). */
    public int groups() {
        return (int) groups(rows);
    }

    /** Bytes of one group of 16 rows. */
    public long groupBytes() {
        return groupBytes(type, columns);
    }

    static long groupBytes(WeightType type, int columns) {
        return Math.multiplyExact(type.rowBytes(columns), GROUP_ROWS);
    }

    static long groups(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("rows is " + rows + ", at least 1 is required");
        }
        return ((long) rows + GROUP_ROWS - 1) / GROUP_ROWS;
    }

    static int checkedColumns(WeightType type, int columns) {
        if (columns < 1 || columns % type.blockElements() != 0) {
            throw new IllegalArgumentException(
                    "columns is " + columns + ", " + type + " requires a positive multiple of " + type.blockElements());
        }
        return columns;
    }
}
