package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I32;
import static troupe.kernels.Memory.I8;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The kernels on the JDK's Vector API: what runs where no compiled library fits. */
final class VectorKernels implements Kernels {
    private static final int BLOCK = ActivationLayout.BLOCK;

    /** Does what moves data or is too small to matter. */
    private final ScalarKernels scalar = new ScalarKernels();

    /** Each thread's buffers. */
    private final ThreadLocal<VectorQuantizedMatmul> quantized = ThreadLocal.withInitial(VectorQuantizedMatmul::new);

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public void pack(
            WeightType type,
            MemorySegment source,
            int rows,
            int columns,
            MemorySegment packed,
            int fromGroup,
            int toGroup) {
        Packing.pack(type, source, rows, columns, packed, fromGroup, toGroup);
    }

    @Override
    public void rmsNorm(
            MemorySegment x,
            MemorySegment weight,
            float epsilon,
            int columns,
            MemorySegment out,
            int fromToken,
            int toToken) {
        float[] lanes = new float[Tree.LANES];
        int vectors = columns / Lanes.COUNT * Lanes.COUNT;
        for (int token = fromToken; token < toToken; token++) {
            long row = (long) token * columns * Float.BYTES;
            sumSquares(x, row, columns, lanes);
            float inverse = 1f / (float) Math.sqrt(Tree.sum(lanes) / (float) columns + epsilon);
            for (int k = 0; k < vectors; k += Lanes.COUNT) {
                FloatVector normalized = Lanes.load(x, row + 4L * k).mul(inverse);
                normalized.mul(Lanes.load(weight, 4L * k)).intoMemorySegment(out, row + 4L * k, Lanes.ORDER);
            }
            for (int k = vectors; k < columns; k++) {
                out.set(F32, row + 4L * k, x.get(F32, row + 4L * k) * inverse * weight.get(F32, 4L * k));
            }
        }
    }

    private static void sumSquares(MemorySegment x, long row, int columns, float[] lanes) {
        int whole = columns / Tree.LANES * Tree.LANES;
        for (int part = 0; part < Tree.LANES; part += Lanes.COUNT) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int k = part; k < whole; k += Tree.LANES) {
                FloatVector values = Lanes.load(x, row + 4L * k);
                sum = values.fma(values, sum);
            }
            sum.intoArray(lanes, part);
        }
        for (int k = whole; k < columns; k++) {
            float value = x.get(F32, row + 4L * k);
            lanes[k - whole] = Math.fma(value, value, lanes[k - whole]);
        }
    }

    @Override
    public void quantize(
            MemorySegment x, int columns, MemorySegment activations, int tokens, int fromToken, int toToken) {
        int blocks = columns / BLOCK;
        long scales = ActivationLayout.scalesOffset(tokens, columns);
        long scaledSums = ActivationLayout.scaledSumsOffset(tokens, columns);
        long sums = ActivationLayout.sumsOffset(tokens, columns);
        long lowerSums = ActivationLayout.lowerSumsOffset(tokens, columns);
        int[] rounded = new int[BLOCK];
        for (int token = fromToken; token < toToken; token++) {
            for (int block = 0; block < blocks; block++) {
                long first = (long) token * columns + (long) block * BLOCK;
                long values = ActivationLayout.valuesOffset(columns, token, block);
                FloatVector most = FloatVector.zero(Lanes.FLOATS);
                for (int k = 0; k < BLOCK; k += Lanes.COUNT) {
                    most = most.max(Lanes.load(x, (first + k) * Float.BYTES).abs());
                }
                float largest = most.reduceLanes(VectorOperators.MAX);
                float scale = Quantization.scale(largest);
                float inverse = Quantization.inverse(largest);
                for (int k = 0; k < BLOCK; k += Lanes.COUNT) {
                    FloatVector scaled =
                            Lanes.load(x, (first + k) * Float.BYTES).mul(inverse);
                    scaled.add(Lanes.ROUNDING)
                            .reinterpretAsInts()
                            .sub(Float.floatToRawIntBits(Lanes.ROUNDING))
                            .intoArray(rounded, k);
                }
                int lowerSum = 0;
                for (int k = 0; k < BLOCK / 2; k++) {
                    activations.set(I8, values + k, (byte) rounded[k]);
                    lowerSum += rounded[k];
                }
                int sum = lowerSum;
                for (int k = BLOCK / 2; k < BLOCK; k++) {
                    activations.set(I8, values + k, (byte) rounded[k]);
                    sum += rounded[k];
                }
                long at = ActivationLayout.offset(tokens, columns, token, block);
                activations.set(F32, scales + at, scale);
                activations.set(F32, scaledSums + at, scale * sum);
                activations.set(I32, sums + at, sum);
                activations.set(I32, lowerSums + at, lowerSum);
            }
        }
    }

    @Override
    public void matmul(
            PackedMatrix w,
            MemorySegment activations,
            int tokens,
            MemorySegment out,
            int outStride,
            boolean accumulate,
            int fromGroup,
            int toGroup) {
        VectorOutput output = new VectorOutput(out, outStride, w.rows(), accumulate);
        switch (w.type()) {
            case F32, F16, BF16 -> new VectorFloatMatmul(w, activations, tokens, output).run(fromGroup, toGroup);
            case Q4_0, Q4_1, Q8_0 -> quantized.get().run(w, activations, tokens, output, fromGroup, toGroup);
            case Q5_0, Q5_1, Q4_K, Q5_K, Q6_K ->
                new VectorSuperBlockMatmul(w, activations, tokens, output).run(fromGroup, toGroup);
        }
    }

    @Override
    public void rope(
            MemorySegment x,
            int heads,
            int headDim,
            MemorySegment positions,
            MemorySegment table,
            int fromToken,
            int toToken) {
        scalar.rope(x, heads, headDim, positions, table, fromToken, toToken);
    }

    @Override
    public void storeKeysValues(
            KvLayout layout,
            int layer,
            MemorySegment keys,
            MemorySegment values,
            MemorySegment slots,
            MemorySegment cache,
            int fromToken,
            int toToken) {
        scalar.storeKeysValues(layout, layer, keys, values, slots, cache, fromToken, toToken);
    }

    @Override
    public void attention(
            KvLayout layout,
            int layer,
            MemorySegment cache,
            MemorySegment blockTable,
            MemorySegment queries,
            int heads,
            int firstRow,
            int rows,
            int firstPosition,
            int fromKvHead,
            int toKvHead,
            MemorySegment out,
            MemorySegment scratch) {
        for (int kvHead = fromKvHead; kvHead < toKvHead; kvHead++) {
            new VectorAttention(layout, layer, kvHead, cache, blockTable, queries, heads)
                    .run(firstRow, rows, firstPosition, out);
        }
    }

    @Override
    public void attentionSplits(
            KvLayout layout,
            int layer,
            MemorySegment cache,
            MemorySegment blockTable,
            MemorySegment queries,
            int heads,
            int row,
            int position,
            int kvHead,
            int fromSplit,
            int toSplit,
            MemorySegment splits,
            MemorySegment scratch) {
        new VectorAttention(layout, layer, kvHead, cache, blockTable, queries, heads)
                .runSplits(row, position, fromSplit, toSplit, splits);
    }

    @Override
    public void mergeSplits(
            KvLayout layout, MemorySegment splits, int count, int heads, int row, int kvHead, MemorySegment out) {
        SplitMerge.merge(layout, splits, count, heads, row, kvHead, out);
    }

    @Override
    public long attentionScratchBytes(KvLayout layout, int heads) {
        return 64;
    }

    @Override
    public void swiglu(MemorySegment gate, MemorySegment up, MemorySegment out, long from, long to) {
        long i = from;
        for (; i + Lanes.COUNT <= to; i += Lanes.COUNT) {
            FloatVector g = Lanes.load(gate, 4 * i);
            FloatVector silu = g.div(Lanes.exp(g.neg()).add(1f));
            silu.mul(Lanes.load(up, 4 * i)).intoMemorySegment(out, 4 * i, Lanes.ORDER);
        }
        scalar.swiglu(gate, up, out, i, to);
    }
}
