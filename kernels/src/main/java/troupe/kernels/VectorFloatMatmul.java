package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Products with F32, F16 and BF16 matrices: a lane is a row. A strip of weights, some columns of a group,
 * becomes floats once for all tokens. No vector crosses a branch or a call that is not inlined: the compiler
 * would put it on the heap.
 */
final class VectorFloatMatmul {
    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    private static final int TILE = 4;
    /** Columns of a strip, so that it stays in the first-level cache. */
    private static final int STRIP = 256;

    private final PackedMatrix w;
    private final MemorySegment x;
    private final int tokens;
    private final VectorOutput output;
    private final float[] strip = new float[STRIP * GROUP];

    private final short[] halves = new short[STRIP * GROUP];

    /** [token][row of the group]. */
    private final float[] sums;

    VectorFloatMatmul(PackedMatrix w, MemorySegment x, int tokens, VectorOutput output) {
        this.w = w;
        this.x = x;
        this.tokens = tokens;
        this.output = output;
        this.sums = new float[tokens * GROUP];
    }

    void run(int fromGroup, int toGroup) {
        for (int group = fromGroup; group < toGroup; group++) {
            runGroup(group * w.groupBytes());
            for (int token = 0; token < tokens; token++) {
                for (int part = 0; part < GROUP; part += Lanes.COUNT) {
                    output.store(token, group * GROUP + part, sums, token * GROUP + part);
                }
            }
        }
    }

    private void runGroup(long weights) {
        long step = (long) GROUP * w.type().blockBytes();
        Arrays.fill(sums, 0f);
        for (int column = 0; column < w.columns(); column += STRIP) {
            int count = Math.min(STRIP, w.columns() - column);
            loadStrip(weights + column * step, count * GROUP);
            for (int part = 0; part < GROUP; part += Lanes.COUNT) {
                int token = 0;
                for (; token + TILE <= tokens; token += TILE) {
                    fourTokens(token, part, column, count);
                }
                for (; token < tokens; token++) {
                    oneToken(token, part, column, count);
                }
            }
        }
    }

    private void loadStrip(long at, int count) {
        switch (w.type()) {
            case F32 -> MemorySegment.copy(w.data(), F32, at, strip, 0, count);
            case F16 -> {
                MemorySegment.copy(w.data(), I16, at, halves, 0, count);
                Lanes.toFloats(halves, count, strip, 0);
            }
            case BF16 -> {
                MemorySegment.copy(w.data(), I16, at, halves, 0, count);
                for (int i = 0; i < count; i++) {
                    strip[i] = Float.intBitsToFloat(halves[i] << 16);
                }
            }
            case Q4_0, Q4_1, Q8_0, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K ->
                throw new IllegalArgumentException("not a float type: " + w.type());
        }
    }

    private void oneToken(int token, int part, int column, int count) {
        long base = ((long) token * w.columns() + column) * Float.BYTES;
        FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, sums, token * GROUP + part);
        for (int k = 0; k < count; k++) {
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, strip, k * GROUP + part);
            sum = weight.fma(FloatVector.broadcast(Lanes.FLOATS, x.get(F32, base + 4L * k)), sum);
        }
        sum.intoArray(sums, token * GROUP + part);
    }

    private void fourTokens(int token, int part, int column, int count) {
        long stride = (long) w.columns() * Float.BYTES;
        long base = token * stride + (long) column * Float.BYTES;
        int at = token * GROUP + part;
        FloatVector sum0 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector sum1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + GROUP);
        FloatVector sum2 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * GROUP);
        FloatVector sum3 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * GROUP);
        for (int k = 0; k < count; k++) {
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, strip, k * GROUP + part);
            long from = base + 4L * k;
            sum0 = weight.fma(FloatVector.broadcast(Lanes.FLOATS, x.get(F32, from)), sum0);
            sum1 = weight.fma(FloatVector.broadcast(Lanes.FLOATS, x.get(F32, from + stride)), sum1);
            sum2 = weight.fma(FloatVector.broadcast(Lanes.FLOATS, x.get(F32, from + 2 * stride)), sum2);
            sum3 = weight.fma(FloatVector.broadcast(Lanes.FLOATS, x.get(F32, from + 3 * stride)), sum3);
        }
        sum0.intoArray(sums, at);
        sum1.intoArray(sums, at + GROUP);
        sum2.intoArray(sums, at + 2 * GROUP);
        sum3.intoArray(sums, at + 3 * GROUP);
    }
}
