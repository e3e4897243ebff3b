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
 *   <li>Q5_0, Q5_1: as Q4, with a vector of fifth bits in front of the nibbles; bit j of byte t of row r in it belongs
 *       to column 4j+t.
 *   <li>Q4_K, Q5_K: blocks of 256 columns; each is 16 f16 d, 16 f16 dmin, the scales and minimums of 6 bits as [12
 *       bytes][16 rows], and the integers of eight times 32 columns as in Q4 and Q5. Bytes 0 to 3 have the scales of the
 *       first four in their lower six bits, bytes 4 to 7 the minimums; bytes 8 to 11 the scales of the last four in
 *       their low halves and the minimums in their high halves, of which the two upper bits are those of bytes 0 to 7.
 *   <li>Q6_K: blocks of 256 columns; each is 16 f16 d, int8 scales [16][16 rows], and the integers of eight times 32
 *       columns: two vectors of upper bit pairs and the nibbles as in Q4. Bits 2j and 2j+1 of byte t of row r belong to
 *       column 4j+t in the first vector and to column 16+4j+t in the second.
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
