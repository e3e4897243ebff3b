package troupe.bench.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntConsumer;
import troupe.kernels.ActivationLayout;
import troupe.kernels.KvLayout;
import troupe.kernels.KvType;

/** The kernels that go over rows once, with operands that stay in the L2 cache. */
final class RowCases {
    private static final int TOKENS = 64;
    private static final double ROW_BYTES = (double) Float.BYTES * TOKENS * Shapes.EMBEDDING;

    private RowCases() {}

    static List<KernelCase> all() {
        return List.of(rmsNorm(), quantize(), rope(), storeKeysValues(), swiglu());
    }

    private static KernelCase of(String kernel, int columns, double bytes, KernelCase.Setup setup) {
        return new KernelCase(kernel, TOKENS + " x " + columns, TOKENS, new Demand(0, bytes, 0, 0), setup);
    }

    private static KernelCase rmsNorm() {
        return of("rmsNorm", Shapes.EMBEDDING, 2 * ROW_BYTES, (kernels, arena) -> {
            MemorySegment x = Operands.floats(arena, (long) TOKENS * Shapes.EMBEDDING);
            MemorySegment weight = Operands.floats(arena, Shapes.EMBEDDING);
            MemorySegment out = Operands.zeros(arena, x.byteSize());
            return calls(out, _ -> kernels.rmsNorm(x, weight, 1e-5f, Shapes.EMBEDDING, out, 0, TOKENS));
        });
    }

    private static KernelCase quantize() {
        long written = ActivationLayout.bytes(TOKENS, Shapes.EMBEDDING);
        return of("quantize", Shapes.EMBEDDING, ROW_BYTES + written, (kernels, arena) -> {
            MemorySegment x = Operands.floats(arena, (long) TOKENS * Shapes.EMBEDDING);
            MemorySegment out = Operands.zeros(arena, written);
            MemorySegment scales = out.asSlice(ActivationLayout.scalesOffset(TOKENS, Shapes.EMBEDDING));
            return calls(scales, _ -> kernels.quantize(x, Shapes.EMBEDDING, out, TOKENS, 0, TOKENS));
        });
    }

    private static KernelCase rope() {
        return of("rope", Shapes.EMBEDDING, 2 * ROW_BYTES, (kernels, arena) -> {
            MemorySegment x = Operands.floats(arena, (long) TOKENS * Shapes.EMBEDDING);
            MemorySegment table = arena.allocate(ValueLayout.JAVA_FLOAT, (long) TOKENS * Shapes.HEAD_DIMENSION);
            MemorySegment positions = arena.allocate(ValueLayout.JAVA_INT, TOKENS);
            for (int token = 0; token < TOKENS; token++) {
                positions.setAtIndex(ValueLayout.JAVA_INT, token, token);
                for (int pair = 0; pair < Shapes.HEAD_DIMENSION / 2; pair++) {
                    // Turned by nothing, so that any number of turns keeps the values.
                    table.setAtIndex(ValueLayout.JAVA_FLOAT, (long) token * Shapes.HEAD_DIMENSION + 2L * pair, 1);
                }
            }
            return calls(x, _ -> kernels.rope(x, Shapes.HEADS, Shapes.HEAD_DIMENSION, positions, table, 0, TOKENS));
        });
    }

    private static KernelCase storeKeysValues() {
        KvLayout layout = new KvLayout(1, Shapes.KV_HEADS, Shapes.HEAD_DIMENSION, KvType.F16);
        int columns = Shapes.KV_HEADS * Shapes.HEAD_DIMENSION;
        double bytes = 2.0 * TOKENS * columns * (Float.BYTES + KvType.F16.bytes());
        return of("storeKeysValues", 2 * columns, bytes, (kernels, arena) -> {
            MemorySegment keys = Operands.floats(arena, (long) TOKENS * columns);
            MemorySegment values = Operands.floats(arena, (long) TOKENS * columns);
            MemorySegment cache = Operands.zeros(arena, TOKENS / KvLayout.BLOCK_TOKENS * layout.blockBytes());
            MemorySegment slots = arena.allocate(ValueLayout.JAVA_LONG, TOKENS);
            for (int token = 0; token < TOKENS; token++) {
                slots.setAtIndex(ValueLayout.JAVA_LONG, token, token);
            }
            return calls(keys, _ -> kernels.storeKeysValues(layout, 0, keys, values, slots, cache, 0, TOKENS));
        });
    }

    private static KernelCase swiglu() {
        long elements = (long) TOKENS * Shapes.FEED_FORWARD;
        return of("swiglu", Shapes.FEED_FORWARD, 3.0 * elements * Float.BYTES, (kernels, arena) -> {
            MemorySegment gate = Operands.floats(arena, elements);
            MemorySegment up = Operands.floats(arena, elements);
            MemorySegment out = Operands.zeros(arena, elements * Float.BYTES);
            return calls(out, _ -> kernels.swiglu(gate, up, out, 0, elements));
        });
    }

    /** @param checked its first element is looked at */
    private static KernelCase.Calls calls(MemorySegment checked, IntConsumer call) {
        return new KernelCase.Calls() {
            @Override
            public void call(int index) {
                call.accept(index);
            }

            @Override
            public float sample() {
                return checked.get(ValueLayout.JAVA_FLOAT, 0);
            }
        };
    }
}
