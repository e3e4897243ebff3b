package troupe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Products with Q4_0, Q4_1 and Q8_0 matrices in 16-bit integers: a row's four bytes of columns are two 16-bit lanes.
 * Rows and tokens are cut here into the tiles of {@link NibbleTiles} and {@link ByteTiles}: one vector of rows by four
 * tokens, which share the unpacking of its integers, or four vectors of rows by one token, which share the broadcasts
 * of its activations and read memory in four places at once.
 *
 * <p>Holds the buffers of one thread; they grow to those of its largest product.
 */
final class VectorQuantizedMatmul {
    /** Row vectors or tokens of a tile. */
    static final int TILE = 4;

    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    private static final int VECTORS_PER_GROUP = GROUP / Lanes.COUNT;
    /** Groups of four vectors of rows. */
    private static final int STRIP_GROUPS = TILE / VECTORS_PER_GROUP;
    /** Tokens whose prepared activations are in memory at a time. */
    private static final int CHUNK = 64;

    private final PairedActivations activations = new PairedActivations();

    /** A block's scales and minimums as f32. */
    private final float[] headers = new float[2 * TILE * Lanes.COUNT];

    /** [row vector or token][lane]. */
    private final float[] results = new float[TILE * Lanes.COUNT];

    void run(PackedMatrix w, MemorySegment quantized, int tokens, VectorOutput output, int fromGroup, int toGroup) {
        for (int first = 0; first < tokens; first += CHUNK) {
            int count = Math.min(CHUNK, tokens - first);
            activations.load(quantized, tokens, w.columns(), first, count);
            for (int group = fromGroup; group < toGroup; group += STRIP_GROUPS) {
                int groups = Math.min(STRIP_GROUPS, toGroup - group);
                runStrip(w, group, groups, count, output, first);
            }
        }
    }

    private void runStrip(PackedMatrix w, int group, int groups, int tokens, VectorOutput output, int firstToken) {
        int vectors = groups * VECTORS_PER_GROUP;
        int row = group * GROUP;
        int token = 0;
        for (; token + TILE <= tokens; token += TILE) {
            for (int vector = 0; vector < vectors; vector++) {
                fourTokens(w, group, vector, token);
                for (int t = 0; t < TILE; t++) {
                    output.store(firstToken + token + t, row + vector * Lanes.COUNT, results, t * Lanes.COUNT);
                }
            }
        }
        for (; token < tokens; token++) {
            fourVectors(w, group, vectors - 1, token);
            for (int vector = 0; vector < vectors; vector++) {
                output.store(firstToken + token, row + vector * Lanes.COUNT, results, vector * Lanes.COUNT);
            }
        }
    }

    private void fourTokens(PackedMatrix w, int group, int vector, int token) {
        switch (w.type()) {
            case Q4_0, Q4_1 -> NibbleTiles.fourTokens(w, group, vector, headers, activations, token, results);
            case Q8_0 -> ByteTiles.fourTokens(w, group, vector, headers, activations, token, results);
            default -> throw new IllegalArgumentException("not a type of this class: " + w.type());
        }
    }

    private void fourVectors(PackedMatrix w, int group, int last, int token) {
        switch (w.type()) {
            case Q4_0, Q4_1 -> NibbleTiles.fourVectors(w, group, last, headers, activations, token, results);
            case Q8_0 -> ByteTiles.fourVectors(w, group, last, headers, activations, token, results);
            default -> throw new IllegalArgumentException("not a type of this class: " + w.type());
        }
    }

    /** Byte offset of the first integers of a vector of rows of the strip that begins with {@code group}. */
    static long integersOffset(PackedMatrix w, int group, int vector) {
        long header = (long) GROUP * w.type().headerBytes();
        long part = (long) Integer.BYTES * Lanes.COUNT * (vector % VECTORS_PER_GROUP);
        return (group + vector / VECTORS_PER_GROUP) * w.groupBytes() + header + part;
    }

    /** Byte offset of its first scales. */
    static long scalesOffset(PackedMatrix w, int group, int vector) {
        long part = (long) Short.BYTES * Lanes.COUNT * (vector % VECTORS_PER_GROUP);
        return (group + vector / VECTORS_PER_GROUP) * w.groupBytes() + part;
    }
}
