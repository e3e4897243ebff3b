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
                    activations.set(I8, first + k, (byte) q);
                    sum += q;
                    lowerSum += k < BLOCK / 2 ? q : 0;
                }
                long index = ((long) token * blocks + block) * Float.BYTES;
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
        for (int token = 0; token < tokens; token++) {
            for (int row = fromGroup * PackedMatrix.GROUP_ROWS; row < toRow; row++) {
                float dot = product.dot(row, token);
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
                for (int d = 0; d < headDim; d++) {
                    long key = (long) d * KvLayout.BLOCK_TOKENS + offset;
                    long value = (long) offset * headDim + d;
                    float k = keys.get(F32, (source + d) * Float.BYTES);
                    float v = values.get(F32, (source + d) * Float.BYTES);
                    store(layout.type(), cache, block + layout.keyOffset(layer, head), key, k);
                    store(layout.type(), cache, block + layout.valueOffset(layer, head), value, v);
                }
            }
        }
    }

    private static void store(KvType type, MemorySegment cache, long base, long index, float value) {
        switch (type) {
            case F16 -> cache.set(I16, base + index * 2, Float.floatToFloat16(value));
            case F32 -> cache.set(F32, base + index * 4, value);
        }
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
            int kvHead,
            MemorySegment out,
            MemorySegment scratch) {
        int shared = heads / layout.kvHeads();
        ScalarAttention attention = new ScalarAttention(layout, layer, kvHead, cache, blockTable);
        for (int row = 0; row < rows; row++) {
            for (int head = kvHead * shared; head < (kvHead + 1) * shared; head++) {
                long at = ((long) (firstRow + row) * heads + head) * layout.headDim() * Float.BYTES;
                attention.attend(queries, at, firstPosition + row + 1, out);
            }
        }
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
