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
 * Products with Q4_0, Q4_1 and Q8_0 matrices in 16-bit integers: a row's four bytes of columns are two 16-bit lanes, of
 * which the lower and the upper bytes are multiplied with the even and the odd columns of the activations. No vector
 * crosses a branch or a call that is not inlined: the compiler would put it on the heap.
 */
final class VectorQuantizedMatmul {
    private static final int BLOCK = ActivationLayout.BLOCK;
    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    /** Ints of prepared activations in a block: two columns each. */
    private static final int PAIRS = BLOCK / 2;
    /** Tokens that share the load of a weight; with four the compiler stops inlining and is eight times slower. */
    private static final int TILE = 2;
    /** Tokens whose prepared activations are in memory at a time. */
    private static final int CHUNK = 64;

    private final PackedMatrix w;
    private final MemorySegment activations;
    private final int tokens;
    private final VectorOutput output;
    private final int blocks;
    private final int blockBytes;
    private final int header;
    private final long scales;
    private final long scaledSums;
    private final long sums;

    /** [token of the chunk][block][4 columns][even pair, odd pair]. */
    private final int[] pairs;

    /** A group's scales and, for Q4_1, minimums: [block][scale, minimum][16 rows]. */
    private final short[] halves;

    private final float[] headers;

    /** [token of the tile][lane]: integer dot products of one block. */
    private final int[] dots = new int[TILE * Lanes.COUNT];

    /** [token of the tile][lane]. */
    private final float[] results = new float[TILE * Lanes.COUNT];

    VectorQuantizedMatmul(PackedMatrix w, MemorySegment activations, int tokens, VectorOutput output) {
        this.w = w;
        this.activations = activations;
        this.tokens = tokens;
        this.output = output;
        this.blocks = w.columns() / BLOCK;
        this.blockBytes = w.type().blockBytes() * GROUP;
        this.header = w.type().headerBytes() * GROUP;
        this.scales = ActivationLayout.scalesOffset(tokens, w.columns());
        this.scaledSums = ActivationLayout.scaledSumsOffset(tokens, w.columns());
        this.sums = ActivationLayout.sumsOffset(tokens, w.columns());
        this.halves = new short[blocks * header / 2];
        this.headers = new float[halves.length];
        this.pairs = new int[Math.min(CHUNK, tokens) * blocks * PAIRS];
    }

    void run(int fromGroup, int toGroup) {
        for (int first = 0; first < tokens; first += CHUNK) {
            int end = Math.min(tokens, first + CHUNK);
            preparePairs(first, end);
            for (int group = fromGroup; group < toGroup; group++) {
                loadHeaders(group * w.groupBytes());
                for (int part = 0; part < GROUP; part += Lanes.COUNT) {
                    runPart(first, end, group, part);
                }
            }
        }
    }

    private void preparePairs(int first, int end) {
        long columns = (long) first * w.columns();
        for (int i = 0; i < (end - first) * blocks * PAIRS; i += 2, columns += 4) {
            int bytes = activations.get(I32, columns);
            pairs[i] = ((byte) bytes & 0xffff) | ((byte) (bytes >> 16) << 16);
            pairs[i + 1] = ((byte) (bytes >> 8) & 0xffff) | (bytes >> 24 << 16);
        }
    }

    private void loadHeaders(long weights) {
        int halvesPerBlock = header / 2;
        for (int block = 0; block < blocks; block++, weights += blockBytes) {
            for (int at = 0; at < halvesPerBlock; at += GROUP) {
                Lanes.copyHalves(w.data(), weights + 2L * at, halves, block * halvesPerBlock + at);
            }
        }
        Lanes.toFloats(halves, blocks * halvesPerBlock, headers, 0);
    }

    private void runPart(int first, int end, int group, int part) {
        for (int token = first; token < end; ) {
            int count = end - token >= TILE ? TILE : 1;
            tile(group * w.groupBytes(), part, token, token - first, count);
            for (int t = 0; t < count; t++) {
                output.store(token + t, group * GROUP + part, Lanes.COUNT, results, t * Lanes.COUNT);
            }
            token += count;
        }
    }

    /** Computes the results of some rows for 1 or {@link #TILE} tokens. */
    private void tile(long weights, int part, int token, int inChunk, int count) {
        boolean bytes = w.type() == WeightType.Q8_0;
        Arrays.fill(results, 0f);
        for (int block = 0; block < blocks; block++, weights += blockBytes) {
            int x = (inChunk * blocks + block) * PAIRS;
            long integers = weights + header + part * 4L;
            if (bytes && count == 1) {
                bytesOneToken(integers, x);
            } else if (bytes) {
                bytesTwoTokens(integers, x);
            } else if (count == 1) {
                nibblesOneToken(integers, x);
            } else {
                nibblesTwoTokens(integers, x);
            }
            scale(block * (header / 2) + part, (long) token * blocks + block, count);
        }
    }

    /** Adds a block's integer dot products, scaled, to the results. */
    private void scale(int weightScales, long index, int count) {
        FloatVector weightScale = FloatVector.fromArray(Lanes.FLOATS, headers, weightScales);
        int offset = w.type() == WeightType.Q4_0 ? 8 : 0;
        for (int t = 0; t < count; t++) {
            long at = (index + (long) t * blocks) * 4;
            IntVector integers = IntVector.fromArray(Lanes.INTS, dots, t * Lanes.COUNT)
                    .sub(offset * activations.get(I32, sums + at));
            FloatVector result = FloatVector.fromArray(Lanes.FLOATS, results, t * Lanes.COUNT);
            weightScale
                    .mul(activations.get(F32, scales + at))
                    .fma(Lanes.toFloat(integers), result)
                    .intoArray(results, t * Lanes.COUNT);
        }
        if (w.type() == WeightType.Q4_1) {
            addMinimums(weightScales + GROUP, index, count);
        }
    }

    private void addMinimums(int weightMinimums, long index, int count) {
        FloatVector minimum = FloatVector.fromArray(Lanes.FLOATS, headers, weightMinimums);
        for (int t = 0; t < count; t++) {
            float scaledSum = activations.get(F32, scaledSums + (index + (long) t * blocks) * 4);
            FloatVector result = FloatVector.fromArray(Lanes.FLOATS, results, t * Lanes.COUNT);
            minimum.fma(FloatVector.broadcast(Lanes.FLOATS, scaledSum), result).intoArray(results, t * Lanes.COUNT);
        }
    }

    private ShortVector pair(int index) {
        return IntVector.broadcast(Lanes.INTS, pairs[index]).reinterpretAsShorts();
    }

    private ShortVector integers(long at, int vector) {
        return ShortVector.fromMemorySegment(Lanes.SHORTS, w.data(), at + vector * 64L, Lanes.ORDER);
    }

    /** All sixteen products of a 16-bit lane fit it: 16 * 15 * 127 = 30480. */
    private void nibblesOneToken(long at, int x) {
        ShortVector sum = ShortVector.zero(Lanes.SHORTS);
        for (int j = 0; j < 4; j++) {
            ShortVector packed = integers(at, j);
            ShortVector upper = packed.lanewise(VectorOperators.LSHR, 8);
            ShortVector high = packed.lanewise(VectorOperators.LSHR, 4).and((short) 15);
            sum = sum.add(packed.and((short) 15).mul(pair(x + 2 * j)));
            sum = sum.add(upper.and((short) 15).mul(pair(x + 2 * j + 1)));
            sum = sum.add(high.mul(pair(x + 2 * j + 8)));
            sum = sum.add(upper.lanewise(VectorOperators.LSHR, 4).mul(pair(x + 2 * j + 9)));
        }
        Lanes.pairSums(sum).intoArray(dots, 0);
    }

    private void nibblesTwoTokens(long at, int x) {
        int stride = blocks * PAIRS;
        ShortVector sum0 = ShortVector.zero(Lanes.SHORTS);
        ShortVector sum1 = ShortVector.zero(Lanes.SHORTS);
        for (int j = 0; j < 4; j++) {
            ShortVector packed = integers(at, j);
            ShortVector lowEven = packed.and((short) 15);
            ShortVector lowOdd = packed.lanewise(VectorOperators.LSHR, 8).and((short) 15);
            ShortVector highEven = packed.lanewise(VectorOperators.LSHR, 4).and((short) 15);
            ShortVector highOdd = packed.lanewise(VectorOperators.LSHR, 12);
            int i = x + 2 * j;
            sum0 = sum0.add(lowEven.mul(pair(i))).add(lowOdd.mul(pair(i + 1)));
            sum0 = sum0.add(highEven.mul(pair(i + 8))).add(highOdd.mul(pair(i + 9)));
            i += stride;
            sum1 = sum1.add(lowEven.mul(pair(i))).add(lowOdd.mul(pair(i + 1)));
            sum1 = sum1.add(highEven.mul(pair(i + 8))).add(highOdd.mul(pair(i + 9)));
        }
        Lanes.pairSums(sum0).intoArray(dots, 0);
        Lanes.pairSums(sum1).intoArray(dots, Lanes.COUNT);
    }

    /** Two products of bytes fit 16 bits, 2 * 128 * 127 = 32512; further ones are added in 32. */
    private void bytesOneToken(long at, int x) {
        IntVector sum = IntVector.zero(Lanes.INTS);
        for (int j = 0; j < 8; j++) {
            ShortVector packed = integers(at, j);
            ShortVector even = packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
            ShortVector odd = packed.lanewise(VectorOperators.ASHR, 8);
            sum = sum.add(Lanes.pairSums(even.mul(pair(x + 2 * j)).add(odd.mul(pair(x + 2 * j + 1)))));
        }
        sum.intoArray(dots, 0);
    }

    private void bytesTwoTokens(long at, int x) {
        int stride = blocks * PAIRS;
        IntVector sum0 = IntVector.zero(Lanes.INTS);
        IntVector sum1 = IntVector.zero(Lanes.INTS);
        for (int j = 0; j < 8; j++) {
            ShortVector packed = integers(at, j);
            ShortVector even = packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
            ShortVector odd = packed.lanewise(VectorOperators.ASHR, 8);
            int i = x + 2 * j;
            sum0 = sum0.add(Lanes.pairSums(even.mul(pair(i)).add(odd.mul(pair(i + 1)))));
            i += stride;
            sum1 = sum1.add(Lanes.pairSums(even.mul(pair(i)).add(odd.mul(pair(i + 1)))));
        }
        sum0.intoArray(dots, 0);
        sum1.intoArray(dots, Lanes.COUNT);
    }
}
