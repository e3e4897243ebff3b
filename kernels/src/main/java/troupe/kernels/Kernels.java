package troupe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * The arithmetic of a transformer layer on the CPU. Every implementation gives the same bits for finite inputs: each
 * operation is defined exactly in docs/arithmetic.md. The value of an output element depends on nothing else in the
 * call, so work can be split by ranges of tokens, groups, heads or elements over any number of threads.
 *
 * <p>All segments are native and little-endian. Segments may be longer than required. Ranges are half-open. An
 * implementation from {@link KernelProvider} checks sizes and ranges and throws {@link IllegalArgumentException} with
 * the actual and the required value. Outputs must not overlap inputs except where said.
 */
public interface Kernels {
    /** Raised whenever any result changes by a bit: answers and KV blocks are comparable only within one version. */
    int ARITHMETIC_VERSION = 1;

    /** {@code avx512-amx}, {@code avx512-vnni}, {@code avx2}, {@code vector} or {@code scalar}. */
    String name();

    /**
     * Packs groups of 16 rows.
     *
     * @param source the whole matrix, rows one after the other in the type's own layout
     * @param packed {@link PackedMatrix#bytes} bytes, the whole matrix
     */
    void pack(
            WeightType type,
            MemorySegment source,
            int rows,
            int columns,
            MemorySegment packed,
            int fromGroup,
            int toGroup);

    /**
     * Root-mean-square normalization: out = x / sqrt(mean(x * x) + epsilon) * weight.
     *
     * @param x f32 [tokens][columns]
     * @param weight f32 [columns]
     * @param out f32 [tokens][columns], may be x itself
     */
    void rmsNorm(
            MemorySegment x,
            MemorySegment weight,
            float epsilon,
            int columns,
            MemorySegment out,
            int fromToken,
            int toToken);

    /**
     * Quantizes activations to int8 by blocks of 32 columns.
     *
     * @param x f32 [tokens][columns]
     * @param activations {@link ActivationLayout} for {@code tokens} tokens
     * @param tokens the capacity that the layout was made for
     */
    void quantize(MemorySegment x, int columns, MemorySegment activations, int tokens, int fromToken, int toToken);

    /**
     * out[token][row] = dot(w[row], activations[token]), or that added to what is there, for the rows of some groups
     * and all tokens.
     *
     * @param activations {@link ActivationLayout} for exactly {@code tokens} tokens if the type of w is quantized, else
     *     f32 [tokens][columns]
     * @param out f32 [tokens][outStride]
     * @param outStride elements from one token's output to the next, at least w.rows()
     * @param accumulate whether to add to out, by one addition after the dot product
     */
    void matmul(
            PackedMatrix w,
            MemorySegment activations,
            int tokens,
            MemorySegment out,
            int outStride,
            boolean accumulate,
            int fromGroup,
            int toGroup);

    /**
     * Rotary position embedding of adjacent pairs (RoFormer, arXiv:2104.09864, in the order of GGUF's llama models), in
     * place.
     *
     * @param x f32 [tokens][heads * headDim]
     * @param headDim elements of a head, even
     * @param positions int32 [tokens]
     * @param table f32 [positions][headDim / 2][cos, sin]
     */
    void rope(
            MemorySegment x,
            int heads,
            int headDim,
            MemorySegment positions,
            MemorySegment table,
            int fromToken,
            int toToken);

    /**
     * Rounds keys and values to the cache's type and stores them.
     *
     * @param keys f32 [tokens][kvHeads * headDim]
     * @param values f32 [tokens][kvHeads * headDim]
     * @param slots int64 [tokens]: block * 16 + offset of the position in its block
     * @param cache whole blocks
     */
    void storeKeysValues(
            KvLayout layout,
            int layer,
            MemorySegment keys,
            MemorySegment values,
            MemorySegment slots,
            MemorySegment cache,
            int fromToken,
            int toToken);

    /**
     * Causal attention of consecutive positions of one sequence, for the query heads that share some key-value heads.
     * Reads no slot beyond the position of a query in a way that reaches the result, whatever is stored there.
     *
     * @param cache whole blocks; the keys and values of the rows themselves are already stored
     * @param blockTable int32 ids of the sequence's blocks, from its first position on
     * @param queries f32 [tokens][heads * headDim], rotated, not scaled
     * @param heads query heads, a multiple of the layout's kvHeads
     * @param firstRow the token of queries and out that is at firstPosition
     * @param rows consecutive tokens
     * @param fromKvHead the first key-value head; a call for several reads on from one to the next without a pause
     * @param toKvHead above fromKvHead, at most the layout's kvHeads
     * @param out f32 [tokens][heads * headDim]
     * @param scratch {@link #attentionScratchBytes} bytes, of the calling thread alone
     */
    void attention(
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
            MemorySegment scratch);

    /**
     * A part of {@link #attention} for one token, so that several threads share a long context: the results of some of
     * its {@link KvLayout#splits} keep until {@link #mergeSplits}.
     *
     * @param row the token of queries
     * @param position of the token; it attends to position + 1 keys
     * @param fromSplit at least 0
     * @param toSplit above fromSplit, at most KvLayout.splits(position + 1)
     * @param splits {@link KvLayout#splitBytes} for each of all splits; only those of the range are written. What it
     *     holds is the implementation's own
     */
    void attentionSplits(
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
            MemorySegment scratch);

    /**
     * Merges the results of all splits into what {@link #attention} gives, to the bit.
     *
     * @param splits from {@link #attentionSplits} over 0..count; overwritten
     * @param count KvLayout.splits(position + 1)
     * @param out f32 [tokens][heads * headDim], of which the heads that share kvHead are written in one row
     */
    void mergeSplits(
            KvLayout layout, MemorySegment splits, int count, int heads, int row, int kvHead, MemorySegment out);

    /** Bytes of scratch memory that a thread needs for {@link #attention} and {@link #attentionSplits}. */
    long attentionScratchBytes(KvLayout layout, int heads);

    /**
     * out = silu(gate) * up for elements from..to of three f32 arrays; out may be gate or up.
     */
    void swiglu(MemorySegment gate, MemorySegment up, MemorySegment out, long from, long to);

    /**
     * Asks for native memory to be brought into the second-level cache of the calling thread's core. Advice: changes
     * nothing and fails at no address, mapped or not; does nothing where the implementation has no instruction for it.
     */
    default void prefetch(long address, long bytes) {}
}
