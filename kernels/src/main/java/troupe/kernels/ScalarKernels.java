package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;
import static troupe.kernels.Memory.I32;
import static troupe.kernels.Memory.I64;
import static troupe.kernels.Memory.I8;

import java.lang.foreign.MemorySegment;

/** The oracle: docs/arithmetic.md as plain loops. Every other implementation has to give its bits. */
final class ScalarKernels implements Kernels {
    private static final int BLOCK = ActivationLayout.BLOCK;

    @Override
    public String name() {
        return "scalar";
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
        for (int token = fromToken; token < toToken; token++) {
            long row = (long) token * columns * Float.BYTES;
            float[] lanes = new float[Tree.LANES];
            for (int k = 0; k < columns; k++) {
                float value = x.get(F32, row + 4L * k);
                lanes[k % Tree.LANES] = Math.fma(value, value, lanes[k % Tree.LANES]);
            }
            float mean = Tree.sum(lanes) / (float) columns;
            float inverse = 1f / (float) Math.sqrt(mean + epsilon);
            for (int k = 0; k < columns; k++) {
                out.set(F32, row + 4L * k, x.get(F32, row + 4L * k) * inverse * weight.get(F32, 4L * k));
            }
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
        for (int token = fromToken; token < toToken; token++) {
            for (int block = 0; block < blocks; block++) {
                long first = (long) token * columns + (long) block * BLOCK;
                long values = ActivationLayout.valuesOffset(columns, token, block);
                float largest = 0f;
                for (int k = 0; k < BLOCK; k++) {
                    largest = Math.max(largest, Math.abs(x.get(F32, (first + k) * Float.BYTES)));
                }
                float scale = Quantization.scale(largest);
                float inverse = Quantization.inverse(largest);
                int sum = 0;
                int lowerSum = 0;
                for (int k = 0; k < BLOCK; k++) {
                    int q = (int) Math.rint(x.get(F32, (first + k) * Float.BYTES) * inverse);
                    activations.set(I8, values + k, (byte) q);
                    sum += q;
                    lowerSum += k < BLOCK / 2 ? q : 0;
                }
                long index = ActivationLayout.offset(tokens, columns, token, block);
                activations.set(F32, scales + index, scale);
                activations.set(F32, scaledSums + index, scale * sum);
                activations.set(I32, sums + index, sum);
                activations.set(I32, lowerSums + index, lowerSum);
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
        int toRow = Math.min(toGroup * PackedMatrix.GROUP_ROWS, w.rows());
        ScalarMatmul product = new ScalarMatmul(w, activations, tokens);
        for (int row = fromGroup * PackedMatrix.GROUP_ROWS; row < toRow; row++) {
            product.selectRow(row);
            for (int token = 0; token < tokens; token++) {
                float dot = product.dot(token);
                long at = ((long) token * outStride + row) * Float.BYTES;
                out.set(F32, at, accumulate ? out.get(F32, at) + dot : dot);
            }
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
        for (int token = fromToken; token < toToken; token++) {
            long angles = (long) positions.get(I32, 4L * token) * headDim * Float.BYTES;
            for (int head = 0; head < heads; head++) {
                long at = ((long) token * heads + head) * headDim * Float.BYTES;
                for (int i = 0; i < headDim; i += 2) {
                    float cosine = table.get(F32, angles + 4L * i);
                    float sine = table.get(F32, angles + 4L * i + 4);
                    float x0 = x.get(F32, at + 4L * i);
                    float x1 = x.get(F32, at + 4L * i + 4);
                    x.set(F32, at + 4L * i, Math.fma(x0, cosine, -(x1 * sine)));
                    x.set(F32, at + 4L * i + 4, Math.fma(x0, sine, x1 * cosine));
                }
            }
        }
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
        int headDim = layout.headDim();
        for (int token = fromToken; token < toToken; token++) {
            long slot = slots.get(I64, 8L * token);
            long block = slot / KvLayout.BLOCK_TOKENS * layout.blockBytes();
            int offset = (int) (slot % KvLayout.BLOCK_TOKENS);
            for (int head = 0; head < layout.kvHeads(); head++) {
                long source = ((long) token * layout.kvHeads() + head) * headDim;
                long keyBase = block + layout.keyOffset(layer, head);
                long valueBase = block + layout.valueOffset(layer, head);
                int step = KvLayout.BLOCK_TOKENS;
                if (layout.type() == KvType.Q8) {
                    long elements = layout.scalesBytes();
                    long scale = 4L * offset;
                    storeQ8(keys, source, headDim, cache, keyBase + scale, keyBase + elements + offset, step);
                    long row = valueBase + elements + (long) offset * headDim;
                    storeQ8(values, source, headDim, cache, valueBase + scale, row, 1);
                    continue;
                }
                for (int d = 0; d < headDim; d++) {
                    float k = keys.get(F32, (source + d) * Float.BYTES);
                    float v = values.get(F32, (source + d) * Float.BYTES);
                    store(layout.type(), cache, keyBase, (long) d * step + offset, k);
                    store(layout.type(), cache, valueBase, (long) offset * headDim + d, v);
                }
            }
        }
    }

    private static void store(KvType type, MemorySegment cache, long base, long index, float value) {
        switch (type) {
            case F16 -> cache.set(I16, base + index * 2, Float.floatToFloat16(value));
            case F32 -> cache.set(F32, base + index * 4, value);
            case Q8 -> throw new IllegalArgumentException("elements of Q8 are not stored one by one");
        }
    }

    /** Quantizes headDim floats by one scale; element i goes to the byte {@code to + i * step}. */
    private static void storeQ8(
            MemorySegment x, long source, int headDim, MemorySegment cache, long scale, long to, int step) {
        float largest = 0f;
        for (int d = 0; d < headDim; d++) {
            largest = Math.max(largest, Math.abs(x.get(F32, (source + d) * Float.BYTES)));
        }
        float inverse = Quantization.inverse(largest);
        for (int d = 0; d < headDim; d++) {
            int q = (int) Math.rint(x.get(F32, (source + d) * Float.BYTES) * inverse);
            cache.set(I8, to + (long) d * step, (byte) q);
        }
        cache.set(F32, scale, Quantization.scale(largest));
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
        int shared = heads / layout.kvHeads();
        for (int kvHead = fromKvHead; kvHead < toKvHead; kvHead++) {
            ScalarAttention attention = new ScalarAttention(layout, layer, kvHead, cache, blockTable);
            for (int row = 0; row < rows; row++) {
                for (int head = kvHead * shared; head < (kvHead + 1) * shared; head++) {
                    long at = ((long) (firstRow + row) * heads + head) * layout.headDim() * Float.BYTES;
                    attention.attend(queries, at, firstPosition + row + 1, out);
                }
            }
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
        int shared = heads / layout.kvHeads();
        ScalarAttention attention = new ScalarAttention(layout, layer, kvHead, cache, blockTable);
        for (int vector = 0; vector < shared; vector++) {
            long at = ((long) row * heads + (long) kvHead * shared + vector) * layout.headDim() * Float.BYTES;
            for (int split = fromSplit; split < toSplit; split++) {
                long to = SplitMerge.offset(layout.headDim(), shared, split, vector);
                attention.attendSplit(queries, at, split, position + 1, splits, to);
            }
        }
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
        for (long i = from; i < to; i++) {
            float g = gate.get(F32, 4 * i);
            out.set(F32, 4 * i, g / (1f + Exp.exp(-g)) * up.get(F32, 4 * i));
        }
    }
}
