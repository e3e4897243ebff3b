package troupe.kernels;

import java.lang.foreign.MemorySegment;

/** The scales and minimums of one group of a Q5_0, Q5_1, Q4_K, Q5_K or Q6_K matrix, [block of 32 columns][16 rows]. */
final class SuperBlockHeaders {
    private static final int GROUP = PackedMatrix.GROUP_ROWS;

    private final PackedMatrix w;
    private final WeightType type;
    private final int headerBytes;
    private final int superBlockBytes;
    /** Blocks of 32 columns under one header. */
    private final int shared;

    private final int integerBytes;
    private final float[] scales;
    private final float[] minimums;
    private final int[] lowerScales;
    private final int[] upperScales;
    private final short[] halves = new short[2 * GROUP];
    private final float[] floats = new float[2 * GROUP];
    private final byte[] bytes;

    SuperBlockHeaders(PackedMatrix w) {
        this.w = w;
        this.type = w.type();
        this.headerBytes = type.headerBytes() * GROUP;
        this.superBlockBytes = type.blockBytes() * GROUP;
        this.shared = type.blockElements() / ActivationLayout.BLOCK;
        this.integerBytes = (superBlockBytes - headerBytes) / shared;
        int size = w.columns() / ActivationLayout.BLOCK * GROUP;
        this.scales = new float[size];
        this.minimums = new float[hasMinimums() ? size : 0];
        this.lowerScales = new int[type == WeightType.Q6_K ? size : 0];
        this.upperScales = new int[lowerScales.length];
        this.bytes = new byte[16 * GROUP];
    }

    /** Of a block; for Q6_K of the super-block. */
    float[] scales() {
        return scales;
    }

    /** What is added for each unit of the activations' sum. */
    float[] minimums() {
        return minimums;
    }

    /** Q6_K: of a block's first 16 columns. */
    int[] lowerScales() {
        return lowerScales;
    }

    /** Q6_K: of a block's last 16 columns. */
    int[] upperScales() {
        return upperScales;
    }

    boolean hasMinimums() {
        return switch (type) {
            case Q5_1, Q4_K, Q5_K -> true;
            case Q5_0, Q6_K, F32, F16, BF16, Q4_0, Q4_1, Q8_0 -> false;
        };
    }

    /** Where a block's integers begin in the matrix. */
    long integersOffset(int group, int block) {
        return group * w.groupBytes()
                + (long) block / shared * superBlockBytes
                + headerBytes
                + (long) block % shared * integerBytes;
    }

    void load(int group) {
        long at = group * w.groupBytes();
        for (int to = 0; to < scales.length; to += shared * GROUP, at += superBlockBytes) {
            MemorySegment.copy(w.data(), Memory.I16, at, halves, 0, GROUP);
            if (hasMinimums()) {
                MemorySegment.copy(w.data(), Memory.I16, at + 2L * GROUP, halves, GROUP, GROUP);
            }
            Lanes.toFloats(halves, 2 * GROUP, floats, 0);
            switch (type) {
                case Q4_K, Q5_K -> sixBitScales(at + 4L * GROUP, to);
                case Q6_K -> byteScales(at + 2L * GROUP, to);
                case Q5_1 -> {
                    System.arraycopy(floats, 0, scales, to, GROUP);
                    System.arraycopy(floats, GROUP, minimums, to, GROUP);
                }
                default -> System.arraycopy(floats, 0, scales, to, GROUP);
            }
        }
    }

    private void sixBitScales(long from, int to) {
        MemorySegment.copy(w.data(), Memory.I8, from, bytes, 0, 12 * GROUP);
        for (int half = 0; half < 4 * GROUP; half += GROUP) {
            for (int i = half; i < half + GROUP; i++) {
                float d = floats[i - half];
                float dmin = -floats[GROUP + i - half];
                int scale = bytes[i];
                int minimum = bytes[4 * GROUP + i];
                int last = bytes[8 * GROUP + i];
                scales[to + i] = d * (scale & 63);
                minimums[to + i] = dmin * (minimum & 63);
                scales[to + 4 * GROUP + i] = d * ((last & 15) | ((scale >> 2) & 48));
                minimums[to + 4 * GROUP + i] = dmin * (((last >> 4) & 15) | ((minimum >> 2) & 48));
            }
        }
    }

    private void byteScales(long from, int to) {
        MemorySegment.copy(w.data(), Memory.I8, from, bytes, 0, 16 * GROUP);
        for (int block = 0; block < shared; block++) {
            for (int lane = 0; lane < GROUP; lane++) {
                int i = to + block * GROUP + lane;
                scales[i] = floats[lane];
                lowerScales[i] = bytes[2 * block * GROUP + lane];
                upperScales[i] = bytes[(2 * block + 1) * GROUP + lane];
            }
        }
    }
}
