package troupe.kernels;

import java.lang.foreign.MemorySegment;

/** Checks every size, range and index once a call, so that the implementations behind it can trust them. */
final class CheckedKernels implements Kernels {
    private final Kernels kernels;

    CheckedKernels(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public String name() {
        return kernels.name();
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
        Check.bytes("packed", packed, PackedMatrix.bytes(type, rows, columns));
        Check.bytes("source", source, Math.multiplyExact(type.rowBytes(columns), rows));
        Check.range("group", fromGroup, toGroup, PackedMatrix.groups(rows));
        kernels.pack(type, source, rows, columns, packed, fromGroup, toGroup);
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
        Check.positive("columns", columns);
        Check.range("token", fromToken, toToken, Integer.MAX_VALUE);
        Check.floats("x", x, (long) toToken * columns);
        Check.floats("weight", weight, columns);
        Check.floats("out", out, (long) toToken * columns);
        kernels.rmsNorm(x, weight, epsilon, columns, out, fromToken, toToken);
    }

    @Override
    public void quantize(
            MemorySegment x, int columns, MemorySegment activations, int tokens, int fromToken, int toToken) {
        Check.bytes("activations", activations, ActivationLayout.bytes(tokens, columns));
        Check.range("token", fromToken, toToken, tokens);
        Check.floats("x", x, (long) toToken * columns);
        kernels.quantize(x, columns, activations, tokens, fromToken, toToken);
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
        Check.positive("tokens", tokens);
        if (w.type().quantized()) {
            Check.bytes("activations", activations, ActivationLayout.bytes(tokens, w.columns()));
        } else {
            Check.floats("activations", activations, (long) tokens * w.columns());
        }
        if (outStride < w.rows()) {
            throw new IllegalArgumentException(
                    "outStride is " + outStride + ", at least the matrix's " + w.rows() + " rows are required");
        }
        Check.floats("out", out, (long) (tokens - 1) * outStride + w.rows());
        Check.range("group", fromGroup, toGroup, w.groups());
        kernels.matmul(w, activations, tokens, out, outStride, accumulate, fromGroup, toGroup);
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
        Check.positive("heads", heads);
        if (headDim < 2 || headDim % 2 != 0) {
            throw new IllegalArgumentException("headDim is " + headDim + ", a positive even number is required");
        }
        Check.range("token", fromToken, toToken, Integer.MAX_VALUE);
        Check.floats("x", x, Math.multiplyExact((long) toToken * heads, headDim));
        Check.bytes("positions", positions, (long) toToken * Integer.BYTES);
        Check.bytes("table", table, 0);
        long tablePositions = table.byteSize() / ((long) headDim * Float.BYTES);
        for (int token = fromToken; token < toToken; token++) {
            Check.index("positions", token, positions.get(Memory.I32, (long) token * Integer.BYTES), tablePositions);
        }
        kernels.rope(x, heads, headDim, positions, table, fromToken, toToken);
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
        Check.index("layer", layer, layout.layers());
        Check.range("token", fromToken, toToken, Integer.MAX_VALUE);
        long elements = Math.multiplyExact((long) toToken * layout.kvHeads(), layout.headDim());
        Check.floats("keys", keys, elements);
        Check.floats("values", values, elements);
        Check.bytes("slots", slots, (long) toToken * Long.BYTES);
        Check.bytes("cache", cache, 0);
        long cacheSlots = cache.byteSize() / layout.blockBytes() * KvLayout.BLOCK_TOKENS;
        for (int token = fromToken; token < toToken; token++) {
            Check.index("slots", token, slots.get(Memory.I64, (long) token * Long.BYTES), cacheSlots);
        }
        kernels.storeKeysValues(layout, layer, keys, values, slots, cache, fromToken, toToken);
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
        Check.index("layer", layer, layout.layers());
        Check.range("kvHead", fromKvHead, toKvHead, layout.kvHeads());
        Check.heads(layout, heads);
        Check.positive("rows", rows);
        Check.index("firstRow", firstRow, Integer.MAX_VALUE - (long) rows);
        Check.index("firstPosition", firstPosition, Integer.MAX_VALUE - (long) rows);
        long elements = Math.multiplyExact((long) (firstRow + rows) * heads, layout.headDim());
        Check.floats("queries", queries, elements);
        Check.floats("out", out, elements);
        Check.bytes("scratch", scratch, kernels.attentionScratchBytes(layout, heads));
        checkBlocks(layout, cache, blockTable, 0, firstPosition + rows);
        if (fromKvHead < toKvHead) {
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
                    fromKvHead,
                    toKvHead,
                    out,
                    scratch);
        }
    }

    /** Checks that the cache has the blocks of the positions from..to. */
    private static void checkBlocks(KvLayout layout, MemorySegment cache, MemorySegment blockTable, int from, int to) {
        Check.bytes("cache", cache, 0);
        int blocks = (to - 1) / KvLayout.BLOCK_TOKENS + 1;
        Check.bytes("blockTable", blockTable, (long) blocks * Integer.BYTES);
        long cacheBlocks = cache.byteSize() / layout.blockBytes();
        for (int block = from / KvLayout.BLOCK_TOKENS; block < blocks; block++) {
            Check.index("blockTable", block, blockTable.get(Memory.I32, (long) block * Integer.BYTES), cacheBlocks);
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
        Check.index("layer", layer, layout.layers());
        Check.index("kvHead", kvHead, layout.kvHeads());
        Check.heads(layout, heads);
        Check.index("row", row, Integer.MAX_VALUE);
        Check.index("position", position, Integer.MAX_VALUE - 2 * KvLayout.SPLIT_TOKENS);
        Check.floats("queries", queries, Math.multiplyExact((row + 1L) * heads, layout.headDim()));
        Check.range("split", fromSplit, toSplit, KvLayout.splits(position + 1));
        Check.bytes("splits", splits, toSplit * layout.splitBytes(heads));
        Check.bytes("scratch", scratch, kernels.attentionScratchBytes(layout, heads));
        int visible = Math.min(toSplit * KvLayout.SPLIT_TOKENS, position + 1);
        // The split after the range is looked up too, to be prefetched.
        int ahead = Math.min(visible + KvLayout.SPLIT_TOKENS, position + 1);
        if (fromSplit < toSplit) {
            checkBlocks(layout, cache, blockTable, fromSplit * KvLayout.SPLIT_TOKENS, ahead);
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
                    fromSplit,
                    toSplit,
                    splits,
                    scratch);
        }
    }

    @Override
    public void mergeSplits(
            KvLayout layout, MemorySegment splits, int count, int heads, int row, int kvHead, MemorySegment out) {
        Check.heads(layout, heads);
        Check.index("kvHead", kvHead, layout.kvHeads());
        Check.positive("count", count);
        Check.bytes("splits", splits, count * layout.splitBytes(heads));
        Check.index("row", row, Integer.MAX_VALUE);
        Check.floats("out", out, Math.multiplyExact((row + 1L) * heads, layout.headDim()));
        kernels.mergeSplits(layout, splits, count, heads, row, kvHead, out);
    }

    @Override
    public long attentionScratchBytes(KvLayout layout, int heads) {
        Check.heads(layout, heads);
        return kernels.attentionScratchBytes(layout, heads);
    }

    @Override
    public void swiglu(MemorySegment gate, MemorySegment up, MemorySegment out, long from, long to) {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException(
                    "element range is " + from + ".." + to + ", an ascending one is required");
        }
        Check.floats("gate", gate, to);
        Check.floats("up", up, to);
        Check.floats("out", out, to);
        kernels.swiglu(gate, up, out, from, to);
    }

    @Override
    public void prefetch(long address, long bytes) {
        kernels.prefetch(address, bytes);
    }
}
