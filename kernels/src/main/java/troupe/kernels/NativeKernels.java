package troupe.kernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** Calls the kernels in C, for one instruction set that {@link NativeCandidates} has found to run here. */
final class NativeKernels implements Kernels {
    /** What {@code TROUPE_KERNELS_VERSION} in troupe_kernels.h must be. */
    static final int VERSION = 6;

    // Each takes the function's address first, so that one constant handle serves every instruction set.
    private static final MethodHandle SCRATCH_BYTES = handle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle RMS_NORM =
            function(ADDRESS, ADDRESS, JAVA_FLOAT, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle QUANTIZE = function(ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MATMUL = function(
            JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_LONG,
            JAVA_LONG);
    private static final MethodHandle ROPE =
            function(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle STORE = function(
            JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS,
            JAVA_LONG, JAVA_LONG);
    private static final MethodHandle ATTENTION = function(
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            ADDRESS,
            ADDRESS);
    private static final MethodHandle ATTENTION_SPLITS = function(
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS,
            ADDRESS);
    private static final MethodHandle MERGE_SPLITS =
            function(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
    private static final MethodHandle SWIGLU = function(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);

    private static final MethodHandle PREFETCH = function(JAVA_LONG, JAVA_LONG);

    private final String name;
    private final MemorySegment scratchBytes;
    private final MemorySegment rmsNorm;
    private final MemorySegment quantize;
    private final MemorySegment matmul;
    private final MemorySegment rope;
    private final MemorySegment store;
    private final MemorySegment attention;
    private final MemorySegment attentionSplits;
    private final MemorySegment mergeSplits;
    private final MemorySegment swiglu;
    private final MemorySegment prefetch;

    /**
     * @param suffix of the functions' names
     * @param matmulSuffix of the one that multiplies
     * @throws java.util.NoSuchElementException when the library lacks one of the functions
     */
    NativeKernels(String name, String suffix, String matmulSuffix, SymbolLookup symbols) {
        this.name = name;
        this.scratchBytes = symbols.findOrThrow("troupe_attention_scratch_bytes");
        this.rmsNorm = symbols.findOrThrow("troupe_rms_norm_" + suffix);
        this.quantize = symbols.findOrThrow("troupe_quantize_" + suffix);
        this.matmul = symbols.findOrThrow("troupe_matmul_" + matmulSuffix);
        this.rope = symbols.findOrThrow("troupe_rope_" + suffix);
        this.store = symbols.findOrThrow("troupe_store_" + suffix);
        this.attention = symbols.findOrThrow("troupe_attention_" + suffix);
        this.attentionSplits = symbols.findOrThrow("troupe_attention_splits_" + suffix);
        this.mergeSplits = symbols.findOrThrow("troupe_merge_splits_" + suffix);
        this.swiglu = symbols.findOrThrow("troupe_swiglu_" + suffix);
        this.prefetch = symbols.findOrThrow("troupe_prefetch");
    }

    private static MethodHandle function(MemoryLayout... arguments) {
        return handle(FunctionDescriptor.ofVoid(arguments));
    }

    @SuppressWarnings("restricted") // Calling native code is what this class is for.
    static MethodHandle handle(FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(descriptor);
    }

    static RuntimeException failed(String function, Throwable e) {
        return switch (e) {
            case RuntimeException exception -> exception;
            case Error error -> throw error;
            default -> new IllegalStateException("the native function " + function + " could not be called", e);
        };
    }

    @Override
    public String name() {
        return name;
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
        try {
            RMS_NORM.invokeExact(rmsNorm, x, weight, epsilon, (long) columns, out, (long) fromToken, (long) toToken);
        } catch (Throwable e) {
            throw failed("rms_norm", e);
        }
    }

    @Override
    public void quantize(
            MemorySegment x, int columns, MemorySegment activations, int tokens, int fromToken, int toToken) {
        try {
            QUANTIZE.invokeExact(
                    quantize, x, (long) columns, activations, (long) tokens, (long) fromToken, (long) toToken);
        } catch (Throwable e) {
            throw failed("quantize", e);
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
        try {
            MATMUL.invokeExact(
                    matmul,
                    w.type().code(),
                    w.data(),
                    (long) w.rows(),
                    (long) w.columns(),
                    activations,
                    (long) tokens,
                    out,
                    (long) outStride,
                    accumulate ? 1 : 0,
                    (long) fromGroup,
                    (long) toGroup);
        } catch (Throwable e) {
            throw failed("matmul", e);
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
        try {
            ROPE.invokeExact(rope, x, (long) heads, (long) headDim, positions, table, (long) fromToken, (long) toToken);
        } catch (Throwable e) {
            throw failed("rope", e);
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
        try {
            STORE.invokeExact(
                    store,
                    layout.type().code(),
                    layout.blockBytes(),
                    layout.keyOffset(layer, 0),
                    layout.valueOffset(layer, 0),
                    (long) layout.kvHeads(),
                    (long) layout.headDim(),
                    keys,
                    values,
                    slots,
                    cache,
                    (long) fromToken,
                    (long) toToken);
        } catch (Throwable e) {
            throw failed("store", e);
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
            int fromKvHead,
            int toKvHead,
            MemorySegment out,
            MemorySegment scratch) {
        int sharedHeads = heads / layout.kvHeads();
        try {
            ATTENTION.invokeExact(
                    attention,
                    layout.type().code(),
                    layout.blockBytes(),
                    layout.keyOffset(layer, 0),
                    layout.valueOffset(layer, 0),
                    (long) layout.headDim(),
                    cache,
                    blockTable,
                    queries,
                    (long) heads,
                    (long) firstRow,
                    (long) rows,
                    (long) firstPosition,
                    (long) fromKvHead,
                    (long) toKvHead,
                    (long) sharedHeads,
                    ScalarAttention.scale(layout.headDim()),
                    out,
                    scratch);
        } catch (Throwable e) {
            throw failed("attention", e);
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
        int sharedHeads = heads / layout.kvHeads();
        try {
            ATTENTION_SPLITS.invokeExact(
                    attentionSplits,
                    layout.type().code(),
                    layout.blockBytes(),
                    layout.keyOffset(layer, kvHead),
                    layout.valueOffset(layer, kvHead),
                    (long) layout.headDim(),
                    cache,
                    blockTable,
                    queries,
                    (long) heads,
                    (long) row,
                    (long) position,
                    (long) kvHead * sharedHeads,
                    (long) sharedHeads,
                    ScalarAttention.scale(layout.headDim()),
                    (long) fromSplit,
                    (long) toSplit,
                    splits,
                    scratch);
        } catch (Throwable e) {
            throw failed("attention_splits", e);
        }
    }

    @Override
    public void mergeSplits(
            KvLayout layout, MemorySegment splits, int count, int heads, int row, int kvHead, MemorySegment out) {
        int sharedHeads = heads / layout.kvHeads();
        try {
            MERGE_SPLITS.invokeExact(
                    mergeSplits,
                    (long) layout.headDim(),
                    (long) heads,
                    (long) row,
                    (long) kvHead * sharedHeads,
                    (long) sharedHeads,
                    (long) count,
                    splits,
                    out);
        } catch (Throwable e) {
            throw failed("merge_splits", e);
        }
    }

    @Override
    public long attentionScratchBytes(KvLayout layout, int heads) {
        try {
            return (long) SCRATCH_BYTES.invokeExact(scratchBytes, (long) layout.headDim());
        } catch (Throwable e) {
            throw failed("attention_scratch_bytes", e);
        }
    }

    @Override
    public void swiglu(MemorySegment gate, MemorySegment up, MemorySegment out, long from, long to) {
        try {
            SWIGLU.invokeExact(swiglu, gate, up, out, from, to);
        } catch (Throwable e) {
            throw failed("swiglu", e);
        }
    }

    @Override
    public void prefetch(long address, long bytes) {
        try {
            PREFETCH.invokeExact(prefetch, address, bytes);
        } catch (Throwable e) {
            throw failed("prefetch", e);
        }
    }
}
