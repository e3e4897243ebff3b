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
    /** Groups whose scales are converted at a time: a tile's rows. */
    private static final int STRIP_GROUPS = TILE / VECTORS_PER_GROUP;
    /** Tokens whose prepared activations are in memory at a time. */
    private static final int CHUNK = 64;

    private final PairedActivations activations = new PairedActivations();

    /** A strip's scales and, for Q4_1, minimums as f16: [group][block][scale, minimum][16 rows]. */
    private short[] halves = {};

    /** The same as f32. */
    private float[] headers = {};

    /** [row vector or token][lane]. */
    private final float[] results = new float[TILE * Lanes.COUNT];

    void run(PackedMatrix w, MemorySegment quantized, int tokens, VectorOutput output, int fromGroup, int toGroup) {
        for (int first = 0; first < tokens; first += CHUNK) {
            int count = Math.min(CHUNK, tokens - first);
            activations.load(quantized, tokens, w.columns(), first, count);
            for (int group = fromGroup; group < toGroup; group += STRIP_GROUPS) {
                int groups = Math.min(STRIP_GROUPS, toGroup - group);
                loadHeaders(w, group, groups);
                runStrip(w, group, groups, count, output, first);
            }
        }
    }

    private void loadHeaders(PackedMatrix w, int group, int groups) {
        int perBlock = w.type().headerBytes() * GROUP / 2;
        int blockBytes = w.type().blockBytes() * GROUP;
        int count = groups * (w.columns() / ActivationLayout.BLOCK) * perBlock;
        if (halves.length < count) {
            halves = new short[count];
            headers = new float[count];
        }
        long at = group * w.groupBytes();
        for (int i = 0; i < count; i += perBlock, at += blockBytes) {
            for (int part = 0; part < perBlock; part += GROUP) {
                Lanes.copyHalves(w.data(), at + 2L * part, halves, i + part);
            }
        }
        Lanes.toFloats(halves, count, headers, 0);
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

    /** Byte offset of the first integers of a row vector of the strip that begins with {@code group}. */
    static long integersOffset(PackedMatrix w, int group, int vector) {
        long header = (long) GROUP * w.type().headerBytes();
        long part = 4L * Lanes.COUNT * (vector % VECTORS_PER_GROUP);
        return (group + vector / VECTORS_PER_GROUP) * w.groupBytes() + header + part;
    }

    /** Index of the first scales of a row vector of the strip. */
    static int headerIndex(PackedMatrix w, int vector) {
        int groupHeaders = w.columns() / ActivationLayout.BLOCK * w.type().headerBytes() * GROUP / 2;
        return vector / VECTORS_PER_GROUP * groupHeaders + vector % VECTORS_PER_GROUP * Lanes.COUNT;
    }
}
