package troupe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A sequence of some length in a cache whose every unused byte is 0xff, a NaN in either type, with its blocks in a
 * random order.
 */
record AttentionCase(
        KvLayout layout,
        int heads,
        int length,
        MemorySegment keys,
        MemorySegment values,
        MemorySegment slots,
        MemorySegment blockTable,
        long cacheBytes) {

    static AttentionCase random(Buffers buffers, KvLayout layout, int heads, int length) {
        int blocks = (length + KvLayout.BLOCK_TOKENS - 1) / KvLayout.BLOCK_TOKENS;
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < blocks + 3; i++) {
            ids.add(i);
        }
        Collections.shuffle(ids, buffers.random());
        MemorySegment blockTable = Buffers.allocate(4L * blocks);
        for (int i = 0; i < blocks; i++) {
            blockTable.set(Memory.I32, 4L * i, ids.get(i));
        }
        MemorySegment slots = Buffers.allocate(8L * length);
        for (int i = 0; i < length; i++) {
            slots.set(Memory.I64, 8L * i, ids.get(i / KvLayout.BLOCK_TOKENS) * 16L + i % KvLayout.BLOCK_TOKENS);
        }
        long elements = (long) length * layout.kvHeads() * layout.headDim();
        return new AttentionCase(
                layout,
                heads,
                length,
                buffers.floats(elements),
                buffers.floats(elements),
                slots,
                blockTable,
                layout.blockBytes() * (blocks + 3));
    }

    /** A cache with the sequence stored in one layer. */
    MemorySegment cache(Kernels kernels, int layer) {
        MemorySegment cache = Buffers.allocate(cacheBytes);
        cache.fill((byte) 0xff);
        int middle = length / 2;
        kernels.storeKeysValues(layout, layer, keys, values, slots, cache, middle, length);
        kernels.storeKeysValues(layout, layer, keys, values, slots, cache, 0, middle);
        return cache;
    }

    /** Attends with rows firstRow.. of queries at firstPosition.., for all heads. */
    void attend(
            Kernels kernels,
            int layer,
            MemorySegment cache,
            MemorySegment queries,
            int firstRow,
            int rows,
            int firstPosition,
            MemorySegment out) {
        MemorySegment scratch = Buffers.allocate(kernels.attentionScratchBytes(layout, heads));
        scratch.fill((byte) 0xff);
        // The first head alone, all others in one call.
        int[] borders = {0, 1, layout.kvHeads()};
        for (int i = 0; i < 2; i++) {
            kernels.attention(
                    layout,
                    layer,
                    cache,
                    blockTable,
                    queries,
                    heads,
                    firstRow,
                    rows,
                    firstPosition,
                    borders[i],
                    borders[i + 1],
                    out,
                    scratch);
        }
    }

    /** Attends with one row in two parts, the later splits first, and merges them. */
    void attendInSplits(
            Kernels kernels,
            int layer,
            MemorySegment cache,
            MemorySegment queries,
            int row,
            int position,
            MemorySegment out) {
        MemorySegment scratch = Buffers.allocate(kernels.attentionScratchBytes(layout, heads));
        scratch.fill((byte) 0xff);
        int count = KvLayout.splits(position + 1);
        MemorySegment splits = Buffers.allocate(count * layout.splitBytes(heads));
        splits.fill((byte) 0xff);
        for (int kvHead = 0; kvHead < layout.kvHeads(); kvHead++) {
            int middle = (count + 1) / 2;
            for (int from : new int[] {middle, 0}) {
                int to = from == 0 ? middle : count;
                kernels.attentionSplits(
                        layout,
                        layer,
                        cache,
                        blockTable,
                        queries,
                        heads,
                        row,
                        position,
                        kvHead,
                        from,
                        to,
                        splits,
                        scratch);
            }
            kernels.mergeSplits(layout, splits, count, heads, row, kvHead, out);
        }
    }
}
