package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class CheckedKernelsTest {
    private final Kernels kernels = Implementations.ORACLE;
    private final KvLayout layout = new KvLayout(1, 1, 16, KvType.F16);

    private static void assertRejected(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void shouldNameTheBytesThatABufferLacks() {
        MemorySegment x = Buffers.allocate(64 * 4);
        MemorySegment small = Buffers.allocate(100);
        assertRejected("activations has 100 bytes, 320 are required", () -> kernels.quantize(x, 64, small, 1, 0, 1));
        assertRejected("out has 100 bytes, 256 are required", () -> kernels.rmsNorm(x, x, 1e-5f, 64, small, 0, 1));
        assertRejected("gate has 100 bytes, 120 are required", () -> kernels.swiglu(small, x, x, 0, 30));
    }

    @Test
    void shouldRejectRangesBeyondTheData() {
        MemorySegment x = Buffers.allocate(64 * 4 * 2);
        MemorySegment activations = Buffers.allocate(ActivationLayout.bytes(2, 64));
        assertRejected(
                "token range is 0..3, an ascending one within 0..2 is required",
                () -> kernels.quantize(x, 64, activations, 2, 0, 3));
        PackedMatrix w = new PackedMatrix(WeightType.F32, 17, 1, Buffers.allocate(17 * 64));
        assertRejected(
                "group range is 1..3, an ascending one within 0..2 is required",
                () -> kernels.matmul(w, x, 1, x, 17, false, 1, 3));
        assertRejected(
                "outStride is 16, at least the matrix's 17 rows are required",
                () -> kernels.matmul(w, x, 1, x, 16, false, 0, 1));
    }

    @Test
    void shouldRejectColumnsThatAreNoWholeBlocks() {
        assertRejected(
                "columns is 33, Q4_1 requires a positive multiple of 32",
                () -> PackedMatrix.bytes(WeightType.Q4_1, 16, 33));
        assertRejected(
                "columns is 576, Q4_K requires a positive multiple of 256",
                () -> PackedMatrix.bytes(WeightType.Q4_K, 16, 576));
        assertRejected(
                "columns is 240, Q6_K requires a positive multiple of 256",
                () -> PackedMatrix.bytes(WeightType.Q6_K, 1, 240));
        assertRejected("columns is 33, a positive multiple of 32 is required", () -> ActivationLayout.bytes(1, 33));
        assertRejected("rows is 0, at least 1 is required", () -> PackedMatrix.bytes(WeightType.F32, 0, 1));
    }

    @Test
    void shouldRejectIndicesThatPointOutOfTheirTables() {
        MemorySegment x = Buffers.allocate(16 * 4);
        MemorySegment positions = Buffers.allocate(4);
        positions.set(Memory.I32, 0, 3);
        assertRejected(
                "positions[0] is 3, 0 or more and below 1 is required",
                () -> kernels.rope(x, 1, 16, positions, x, 0, 1));
        MemorySegment slots = Buffers.allocate(8);
        MemorySegment cache = Buffers.allocate(layout.blockBytes() * 2);
        slots.set(Memory.I64, 0, 32);
        assertRejected(
                "slots[0] is 32, 0 or more and below 32 is required",
                () -> kernels.storeKeysValues(layout, 0, x, x, slots, cache, 0, 1));
        MemorySegment blockTable = Buffers.allocate(4);
        blockTable.set(Memory.I32, 0, -1);
        MemorySegment scratch = Buffers.allocate(kernels.attentionScratchBytes(layout, 1));
        assertRejected(
                "blockTable[0] is -1, 0 or more and below 2 is required",
                () -> kernels.attention(layout, 0, cache, blockTable, x, 1, 0, 1, 0, 0, 1, x, scratch));
        assertRejected(
                "kvHead range is 0..2, an ascending one within 0..1 is required",
                () -> kernels.attention(layout, 0, cache, blockTable, x, 1, 0, 1, 0, 0, 2, x, scratch));
        assertRejected(
                "blockTable has 4 bytes, 8 are required",
                () -> kernels.attention(layout, 0, cache, blockTable, x, 1, 0, 1, 16, 0, 1, x, scratch));
        assertRejected(
                "blockTable[0] is -1, 0 or more and below 2 is required",
                () -> kernels.attentionSplits(layout, 0, cache, blockTable, x, 1, 0, 0, 0, 0, 1, cache, scratch));
    }

    @Test
    void shouldRejectSplitsThatThePositionOrTheMemoryLacks() {
        KvLayout one = new KvLayout(1, 1, 16, KvType.F16);
        MemorySegment x = Buffers.allocate(16 * Float.BYTES);
        MemorySegment cache = Buffers.allocate(one.blockBytes() * 17);
        MemorySegment blockTable = Buffers.allocate(4 * 17);
        MemorySegment scratch = Buffers.allocate(kernels.attentionScratchBytes(one, 1));
        MemorySegment result = Buffers.allocate(one.splitBytes(1));
        assertRejected(
                "split range is 0..2, an ascending one within 0..1 is required",
                () -> kernels.attentionSplits(one, 0, cache, blockTable, x, 1, 0, 255, 0, 0, 2, result, scratch));
        assertRejected(
                "splits has 72 bytes, 144 are required",
                () -> kernels.attentionSplits(one, 0, cache, blockTable, x, 1, 0, 256, 0, 0, 2, result, scratch));
        assertRejected("splits has 72 bytes, 144 are required", () -> kernels.mergeSplits(one, result, 2, 1, 0, 0, x));
    }

    @Test
    void shouldRejectHeadsThatTheKeyValueHeadsDoNotDivide() {
        KvLayout three = new KvLayout(1, 3, 16, KvType.F16);
        assertRejected(
                "heads is 4, a positive multiple of the layout's 3 kvHeads is required",
                () -> kernels.attentionScratchBytes(three, 4));
        assertRejected("headDim is 1025, 1 to 1024 is required", () -> new KvLayout(1, 1, 1025, KvType.F16));
    }

    @Test
    void shouldRejectHeapMemory() {
        MemorySegment heap = MemorySegment.ofArray(new float[16]);
        assertRejected(
                "gate is a heap segment, native memory is required", () -> kernels.swiglu(heap, heap, heap, 0, 16));
    }
}
