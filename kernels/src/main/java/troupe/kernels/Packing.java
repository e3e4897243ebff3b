package troupe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Interleaves rows by 16 into the layout of {@link PackedMatrix}. All implementations pack with this: the bytes are
 * moved once, when a model is loaded.
 */
final class Packing {
    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    /** Bytes of one row in a 64-byte vector of integers. */
    private static final int LANE_BYTES = 4;

    private Packing() {}

    static void pack(
            WeightType type,
            MemorySegment source,
            int rows,
            int columns,
            MemorySegment packed,
            int fromGroup,
            int toGroup) {
        long groupBytes = PackedMatrix.groupBytes(type, columns);
        for (int group = fromGroup; group < toGroup; group++) {
            MemorySegment target = packed.asSlice(group * groupBytes, groupBytes);
            int lanes = Math.min(GROUP, rows - group * GROUP);
            if (lanes < GROUP) {
                target.fill((byte) 0);
            }
            for (int lane = 0; lane < lanes; lane++) {
                MemorySegment row =
                        source.asSlice((group * 16L + lane) * type.rowBytes(columns), type.rowBytes(columns));
                packRow(type, row, lane, target);
            }
        }
    }

    private static void packRow(WeightType type, MemorySegment row, int lane, MemorySegment target) {
        switch (type) {
            case F32 -> {
                for (long k = 0; k < row.byteSize() / 4; k++) {
                    target.set(
                            ValueLayout.JAVA_INT_UNALIGNED,
                            (k * GROUP + lane) * 4,
                            row.get(ValueLayout.JAVA_INT_UNALIGNED, k * 4));
                }
            }
            case F16, BF16 -> {
                for (long k = 0; k < row.byteSize() / 2; k++) {
                    copyShort(row, k * 2, target, (k * GROUP + lane) * 2);
                }
            }
            case Q4_0, Q4_1, Q8_0 -> packBlocks(type, row, lane, target);
            case Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> SuperBlockPacking.packRow(type, row, lane, target);
        }
    }

    private static void packBlocks(WeightType type, MemorySegment row, int lane, MemorySegment target) {
        int header = type.headerBytes();
        int integers = type.blockBytes() - header;
        for (long block = 0; block < row.byteSize() / type.blockBytes(); block++) {
            long from = block * type.blockBytes();
            long to = from * GROUP;
            for (int part = 0; part < header; part += 2) {
                copyShort(row, from + part, target, to + (long) part * GROUP + lane * 2L);
            }
            for (int i = 0; i < integers; i += LANE_BYTES) {
                target.set(
                        ValueLayout.JAVA_INT_UNALIGNED,
                        to + (long) header * GROUP + (long) i * GROUP + (long) lane * LANE_BYTES,
                        row.get(ValueLayout.JAVA_INT_UNALIGNED, from + header + i));
            }
        }
    }

    private static void copyShort(MemorySegment from, long fromOffset, MemorySegment to, long toOffset) {
        to.set(ValueLayout.JAVA_SHORT_UNALIGNED, toOffset, from.get(ValueLayout.JAVA_SHORT_UNALIGNED, fromOffset));
    }
}
