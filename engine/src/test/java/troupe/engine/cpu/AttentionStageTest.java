package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.engine.TokenIds;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.StepPlan;
import troupe.kernels.KernelProvider;
import troupe.kernels.Kernels;
import troupe.kernels.KvLayout;
import troupe.kernels.KvType;
import troupe.kernels.WorkerPool;

/** Steps with sequences of unlike lengths, against attention row by row. */
class AttentionStageTest {
    private static final int HEADS = 4;
    private static final int BLOCKS = 260;
    private static final int MAX_ROWS = 100;
    private static final KvLayout LAYOUT = new KvLayout(2, 2, 16, KvType.F16);

    private final Random random = new Random(1);
    private final Kernels kernels = KernelProvider.choose("auto").kernels();

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldGiveTheBitsOfAttentionRowByRowHoweverItIsCut(int threads) {
        try (Arena arena = Arena.ofShared();
                WorkerPool pool = new WorkerPool(threads)) {
            MemorySegment cache = arena.allocate(LAYOUT.blockBytes() * BLOCKS, 64);
            for (long at = 0; at < cache.byteSize(); at += 2) {
                cache.set(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16((float) random.nextGaussian()));
            }
            MemorySegment queries = floats(arena);
            MemorySegment attended = floats(arena);
            AttentionStage stage = new AttentionStage(
                    kernels, LAYOUT, HEADS, pool, cache, queries, attended, arena, MAX_ROWS, BLOCKS * 16);
            StepBatch batch = new StepBatch(arena, MAX_ROWS, 8, BLOCKS);
            List<List<SequenceSlice>> steps = List.of(
                    List.of(decode(4_000)),
                    List.of(decode(4_000), decode(3), decode(700), decode(255)),
                    List.of(decode(256), prefill(300, 70), decode(2_900), prefill(0, 9)),
                    List.of(decode(0), decode(1)),
                    List.of(
                            decode(31),
                            decode(160),
                            decode(47),
                            decode(600),
                            decode(15),
                            decode(2),
                            decode(255),
                            decode(90)));
            for (List<SequenceSlice> step : steps) {
                batch.load(new StepPlan(0, step));
                stage.plan(batch);
                for (int layer = 0; layer < LAYOUT.layers(); layer++) {
                    stage.run(layer, null);
                    MemorySegment expected = rowByRow(arena, batch, layer, cache, queries);
                    long bytes = (long) batch.rows() * HEADS * LAYOUT.headDim() * Float.BYTES;
                    assertEquals(-1, expected.asSlice(0, bytes).mismatch(attended.asSlice(0, bytes)), "layer " + layer);
                }
            }
        }
    }

    private MemorySegment rowByRow(
            Arena arena, StepBatch batch, int layer, MemorySegment cache, MemorySegment queries) {
        MemorySegment out = floats(arena);
        MemorySegment scratch = arena.allocate(kernels.attentionScratchBytes(LAYOUT, HEADS), 64);
        for (int slice = 0; slice < batch.slices(); slice++) {
            for (int row = batch.firstRow(slice); row < batch.firstRow(slice) + batch.rowsOf(slice); row++) {
                for (int kvHead = 0; kvHead < LAYOUT.kvHeads(); kvHead++) {
                    kernels.attention(
                            LAYOUT,
                            layer,
                            cache,
                            batch.blockTable(slice),
                            queries,
                            HEADS,
                            row,
                            1,
                            batch.position(row),
                            kvHead,
                            kvHead + 1,
                            out,
                            scratch);
                }
            }
        }
        return out;
    }

    private MemorySegment floats(Arena arena) {
        MemorySegment floats = arena.allocate(ValueLayout.JAVA_FLOAT, (long) MAX_ROWS * HEADS * LAYOUT.headDim());
        for (long i = 0; i < floats.byteSize(); i += Float.BYTES) {
            floats.set(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return floats;
    }

    private SequenceSlice decode(int position) {
        return prefill(position, 1);
    }

    private SequenceSlice prefill(int position, int rows) {
        List<Integer> blocks = new ArrayList<>();
        for (int block = 0; block < Math.ceilDiv(position + rows, KvLayout.BLOCK_TOKENS); block++) {
            blocks.add(random.nextInt(BLOCKS));
        }
        TokenIds table = TokenIds.of(blocks.stream().mapToInt(Integer::intValue).toArray());
        return new SequenceSlice(TokenIds.of(new int[rows]), position, table, null, null);
    }
}
