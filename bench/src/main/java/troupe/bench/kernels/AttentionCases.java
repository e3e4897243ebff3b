package troupe.bench.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import troupe.kernels.Kernels;
import troupe.kernels.KvLayout;
import troupe.kernels.KvType;

/** Attention of one new token over contexts in memory, and of chunks of a prompt. */
final class AttentionCases {
    private static final KvLayout LAYOUT =
            new KvLayout(Shapes.LAYERS, Shapes.KV_HEADS, Shapes.HEAD_DIMENSION, KvType.F16);

    /** Rows of a prompt that one call takes, as in the engine. */
    private static final int CHUNK = 32;

    private static final byte SMALL = 0x2b; // as f16 and twice: 0.056

    private AttentionCases() {}

    static List<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (int context : new int[] {128, 1024, Shapes.CONTEXT}) {
            cases.add(of("attention, decode", 1, context - 1));
        }
        for (int context : new int[] {256, Shapes.CONTEXT}) {
            cases.add(of("attention, prefill", CHUNK, context - CHUNK));
        }
        return cases;
    }

    private static KernelCase of(String kernel, int rows, int firstPosition) {
        int context = firstPosition + rows;
        double keys = 0;
        for (int row = 0; row < rows; row++) {
            keys += firstPosition + row + 1;
        }
        double keyBytes = 2.0 * Shapes.KV_HEADS * Shapes.HEAD_DIMENSION * KvType.F16.bytes();
        Demand demand = new Demand(context * keyBytes, 0, 4.0 * Shapes.HEADS * Shapes.HEAD_DIMENSION * keys, 0);
        return new KernelCase(
                kernel,
                rows + (rows == 1 ? " row at " : " rows at ") + firstPosition,
                rows,
                demand,
                (kernels, arena) -> new Attention(kernels, arena, rows, firstPosition));
    }

    private static final class Attention implements KernelCase.Calls {
        private final Kernels kernels;
        private final int rows;
        private final int firstPosition;
        private final MemorySegment cache;
        private final MemorySegment[] blockTables; // one of each sequence
        private final MemorySegment queries;
        private final MemorySegment out;
        private final MemorySegment scratch;

        Attention(Kernels kernels, Arena arena, int rows, int firstPosition) {
            this.kernels = kernels;
            this.rows = rows;
            this.firstPosition = firstPosition;
            int blocks = Math.ceilDiv(firstPosition + rows, KvLayout.BLOCK_TOKENS);
            long bytes = blocks * LAYOUT.blockBytes();
            blockTables = new MemorySegment[(int) Math.max(1, Limits.MODEL_BYTES_PER_THREAD / bytes)];
            for (int s = 0; s < blockTables.length; s++) {
                blockTables[s] = arena.allocate(ValueLayout.JAVA_INT, blocks);
                for (int block = 0; block < blocks; block++) {
                    blockTables[s].setAtIndex(ValueLayout.JAVA_INT, block, s * blocks + block);
                }
            }
            cache = Operands.zeros(arena, blockTables.length * bytes).fill(SMALL);
            long elements = (long) rows * Shapes.HEADS * Shapes.HEAD_DIMENSION;
            queries = Operands.floats(arena, elements);
            out = Operands.zeros(arena, elements * Float.BYTES);
            scratch = Operands.zeros(arena, kernels.attentionScratchBytes(LAYOUT, Shapes.HEADS));
        }

        @Override
        public void call(int index) {
            int layer = index % Shapes.LAYERS;
            MemorySegment blockTable = blockTables[index / Shapes.LAYERS % blockTables.length];
            kernels.attention(
                    LAYOUT,
                    layer,
                    cache,
                    blockTable,
                    queries,
                    Shapes.HEADS,
                    0,
                    rows,
                    firstPosition,
                    0,
                    Shapes.KV_HEADS,
                    out,
                    scratch);
        }

        @Override
        public float sample() {
            return out.get(ValueLayout.JAVA_FLOAT, 0);
        }
    }
}
