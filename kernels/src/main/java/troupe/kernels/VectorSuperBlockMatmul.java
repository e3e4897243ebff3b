package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I32;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products with Q5_0, Q5_1, Q4_K, Q5_K and Q6_K matrices. A strip of some blocks of a group becomes 16-bit integers once
 * for all tokens. No vector crosses a branch or a call that is not inlined: the compiler would put it on the heap.
 */
final class VectorSuperBlockMatmul {
    private static final int BLOCK = ActivationLayout.BLOCK;
    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    /** Ints of prepared activations in a block: two columns each. */
    private static final int PAIRS = BLOCK / 2;
    /** Tokens whose prepared activations are in memory at a time. */
    private static final int CHUNK = 64;
    /** Blocks of a strip, so that it stays in the first-level cache. */
    private static final int STRIP = 16;
    /** 16-bit integers in a vector: two for each row. */
    private static final int SHORTS = 2 * Lanes.COUNT;
    /** Those of a block. */
    private static final int BLOCK_SHORTS = PAIRS * SHORTS;
    /** Bytes of a vector of the packed layout, four for each row of the group. */
    private static final long VECTOR_BYTES = 64;

    private final PackedMatrix w;
    private final WeightType type;
    private final MemorySegment activations;
    private final int tokens;
    private final VectorOutput output;
    private final int blocks;
    private final UpperBits upperBits;
    private final int offset;
    private final SuperBlockHeaders headers;
    private final long scales;
    private final long scaledSums;
    private final long sums;
    private final long lowerSums;

    /** [token of the chunk][block][4 columns][even pair, odd pair]. */
    private final int[] pairs;

    /** [block of the strip][4 columns][even, odd columns][two of each row]. */
    private final short[] strip = new short[STRIP * BLOCK_SHORTS];

    /** [half of the block][lane]: integer dot products of one block. */
    private final int[] dots = new int[2 * Lanes.COUNT];

    /** [token of the chunk][lane]. */
    private final float[] results;

    VectorSuperBlockMatmul(PackedMatrix w, MemorySegment activations, int tokens, VectorOutput output) {
        this.w = w;
        this.type = w.type();
        this.activations = activations;
        this.tokens = tokens;
        this.output = output;
        this.blocks = w.columns() / BLOCK;
        this.upperBits = UpperBits.of(type);
        this.offset = type == WeightType.Q5_0 ? 16 : type == WeightType.Q6_K ? 32 : 0;
        this.headers = new SuperBlockHeaders(w);
        this.scales = ActivationLayout.scalesOffset(tokens, w.columns());
        this.scaledSums = ActivationLayout.scaledSumsOffset(tokens, w.columns());
        this.sums = ActivationLayout.sumsOffset(tokens, w.columns());
        this.lowerSums = ActivationLayout.lowerSumsOffset(tokens, w.columns());
        this.pairs = new int[Math.min(CHUNK, tokens) * blocks * PAIRS];
        this.results = new float[Math.min(CHUNK, tokens) * Lanes.COUNT];
    }

    void run(int fromGroup, int toGroup) {
        for (int first = 0; first < tokens; first += CHUNK) {
            int end = Math.min(tokens, first + CHUNK);
            preparePairs(first, end);
            for (int group = fromGroup; group < toGroup; group++) {
                headers.load(group);
                for (int part = 0; part < GROUP; part += Lanes.COUNT) {
                    runPart(first, end, group, part);
                }
            }
        }
    }

    private void preparePairs(int first, int end) {
        int i = 0;
        for (int token = first; token < end; token++) {
            long at = ActivationLayout.valuesOffset(w.columns(), token, 0);
            for (int last = i + blocks * PAIRS; i < last; i += 2, at += 4) {
                int bytes = activations.get(I32, at);
                pairs[i] = ((byte) bytes & 0xffff) | ((byte) (bytes >> 16) << 16);
                pairs[i + 1] = ((byte) (bytes >> 8) & 0xffff) | (bytes >> 24 << 16);
            }
        }
    }

    private void runPart(int first, int end, int group, int part) {
        Arrays.fill(results, 0f);
        for (int from = 0; from < blocks; from += STRIP) {
            int to = Math.min(blocks, from + STRIP);
            for (int block = from; block < to; block++) {
                unpack(headers.integersOffset(group, block) + part * 4L, (block - from) * BLOCK_SHORTS);
            }
            for (int token = first; token < end; token++) {
                for (int block = from; block < to; block++) {
                    multiply((block - from) * BLOCK_SHORTS, ((token - first) * blocks + block) * PAIRS);
                    add(token, block, part, (token - first) * Lanes.COUNT);
                }
            }
        }
        for (int token = first; token < end; token++) {
            output.store(token, group * GROUP + part, results, (token - first) * Lanes.COUNT);
        }
    }

    private ShortVector vector(long at) {
        return ShortVector.fromMemorySegment(Lanes.SHORTS, w.data(), at, Lanes.ORDER);
    }

    private ShortVector upper(long at, int i) {
        return vector(at + upperBits.vector(i) * VECTOR_BYTES)
                .lanewise(VectorOperators.LSHL, upperBits.leftShift(i))
                .lanewise(VectorOperators.LSHR, upperBits.rightShift(i))
                .and(upperBits.mask());
    }

    private void unpack(long at, int to) {
        long nibbles = at + (long) type.upperBytes() * GROUP;
        for (int j = 0; j < 4; j++) {
            ShortVector packed = vector(nibbles + j * VECTOR_BYTES);
            ShortVector low = packed.and((short) 0x0f0f).or(upper(at, j));
            ShortVector high =
                    packed.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).or(upper(at, 4 + j));
            int lower = to + 2 * j * SHORTS;
            low.and((short) 0xff).intoArray(strip, lower);
            low.lanewise(VectorOperators.LSHR, 8).intoArray(strip, lower + SHORTS);
            high.and((short) 0xff).intoArray(strip, lower + 8 * SHORTS);
            high.lanewise(VectorOperators.LSHR, 8).intoArray(strip, lower + 9 * SHORTS);
        }
    }

    private ShortVector product(int weights, int x) {
        ShortVector pair = IntVector.broadcast(Lanes.INTS, pairs[x]).reinterpretAsShorts();
        return ShortVector.fromArray(Lanes.SHORTS, strip, weights).mul(pair);
    }

    /** The sum of each row's two 16-bit lanes. */
    private static IntVector pairSums(ShortVector pairs) {
        IntVector both = pairs.reinterpretAsInts();
        return both.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 16)
                .add(both.lanewise(VectorOperators.ASHR, 16));
    }

    /** Four products fit 16 bits: 4 * 63 * 127 = 32004. */
    private IntVector fourProducts(int weights, int x) {
        return pairSums(product(weights, x)
                .add(product(weights + SHORTS, x + 1))
                .add(product(weights + 2 * SHORTS, x + 2))
                .add(product(weights + 3 * SHORTS, x + 3)));
    }

    private void multiply(int weights, int x) {
        fourProducts(weights, x).add(fourProducts(weights + 4 * SHORTS, x + 4)).intoArray(dots, 0);
        fourProducts(weights + 8 * SHORTS, x + 8)
                .add(fourProducts(weights + 12 * SHORTS, x + 12))
                .intoArray(dots, Lanes.COUNT);
    }

    /** Continues a token's chains by the block whose products are in {@link #dots}. */
    private void add(int token, int block, int part, int result) {
        long index = ActivationLayout.offset(tokens, w.columns(), token, block);
        int sum = activations.get(I32, sums + index);
        int header = block * GROUP + part;
        if (type == WeightType.Q6_K) {
            int lowerSum = activations.get(I32, lowerSums + index);
            scaleHalves(offset * lowerSum, offset * (sum - lowerSum), header);
        } else {
            IntVector.fromArray(Lanes.INTS, dots, 0)
                    .add(IntVector.fromArray(Lanes.INTS, dots, Lanes.COUNT))
                    .sub(offset * sum)
                    .intoArray(dots, 0);
        }
        FloatVector dot = Lanes.toFloat(IntVector.fromArray(Lanes.INTS, dots, 0));
        FloatVector.fromArray(Lanes.FLOATS, headers.scales(), header)
                .mul(activations.get(F32, scales + index))
                .fma(dot, FloatVector.fromArray(Lanes.FLOATS, results, result))
                .intoArray(results, result);
        if (headers.hasMinimums()) {
            FloatVector scaledSum = FloatVector.broadcast(Lanes.FLOATS, activations.get(F32, scaledSums + index));
            FloatVector.fromArray(Lanes.FLOATS, headers.minimums(), header)
                    .fma(scaledSum, FloatVector.fromArray(Lanes.FLOATS, results, result))
                    .intoArray(results, result);
        }
    }

    /** The first of {@link #dots} becomes the sum of both, less the offsets and scaled. */
    private void scaleHalves(int lowerOffset, int upperOffset, int header) {
        IntVector lower = IntVector.fromArray(Lanes.INTS, dots, 0).sub(lowerOffset);
        IntVector upper = IntVector.fromArray(Lanes.INTS, dots, Lanes.COUNT).sub(upperOffset);
        lower.mul(IntVector.fromArray(Lanes.INTS, headers.lowerScales(), header))
                .add(upper.mul(IntVector.fromArray(Lanes.INTS, headers.upperScales(), header)))
                .intoArray(dots, 0);
    }
}
