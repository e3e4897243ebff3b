package troupe.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Dequantization of the types with super-blocks of 256 elements. A product of the f16 scale of the super-block, the
 * scale of a block, of at most 8 bits, and a quant is exact in a float, so only the subtraction of a minimum rounds.
 */
final class SuperBlocks {
    private static final int ELEMENTS = 256;
    private static final int BLOCK = 32;
    private static final int BLOCKS = ELEMENTS / BLOCK;

    private SuperBlocks() {}

    /**
     * Q4_K: f16 d, f16 dmin, 12 bytes of 6-bit scales and minimums, 128 bytes of nibbles: 32 bytes for each two blocks,
     * the even one in the low halves; element = (d * scale) * q - dmin * minimum.
     */
    static void q4k(MemorySegment source, int columns, float[] out) {
        long superBlock = 0;
        for (int i = 0; i < columns; i += ELEMENTS, superBlock += 144) {
            for (int block = 0; block < BLOCKS; block++) {
                float scale = Dequantizer.half(source, superBlock) * scale(source, superBlock + 4, block);
                float minimum = Dequantizer.half(source, superBlock + 2) * minimum(source, superBlock + 4, block);
                long nibbles = superBlock + 16 + block / 2 * 32L;
                for (int l = 0; l < BLOCK; l++) {
                    out[i + block * BLOCK + l] = scale * nibble(source, nibbles + l, block % 2) - minimum;
                }
            }
        }
    }

    /**
     * Q5_K: as Q4_K, with 32 bytes of fifth bits in front of the nibbles: bit b of byte l belongs to element l of block b.
     */
    static void q5k(MemorySegment source, int columns, float[] out) {
        long superBlock = 0;
        for (int i = 0; i < columns; i += ELEMENTS, superBlock += 176) {
            for (int block = 0; block < BLOCKS; block++) {
                float scale = Dequantizer.half(source, superBlock) * scale(source, superBlock + 4, block);
                float minimum = Dequantizer.half(source, superBlock + 2) * minimum(source, superBlock + 4, block);
                long nibbles = superBlock + 48 + block / 2 * 32L;
                for (int l = 0; l < BLOCK; l++) {
                    int fifth = bits(source, superBlock + 16 + l, block, 1);
                    int quant = nibble(source, nibbles + l, block % 2) + 16 * fifth;
                    out[i + block * BLOCK + l] = scale * quant - minimum;
                }
            }
        }
    }

    /**
     * Q6_K: 128 bytes of nibbles, 64 bytes of upper bit pairs, a signed byte of scale for each 16 elements, f16 d;
     * element = (d * scale) * (q - 32). Either half of the super-block has 64 bytes of nibbles, of which the low halves
     * are its first two blocks of 32, and 32 bytes of pairs, a pair for each of its four blocks.
     */
    static void q6k(MemorySegment source, int columns, float[] out) {
        long superBlock = 0;
        for (int i = 0; i < columns; i += ELEMENTS, superBlock += 210) {
            float d = Dequantizer.half(source, superBlock + 208);
            for (int block = 0; block < BLOCKS; block++) {
                int inHalf = block % 4;
                long nibbles = superBlock + block / 4 * 64L + inHalf % 2 * 32L;
                long pairs = superBlock + 128 + block / 4 * 32L;
                for (int l = 0; l < BLOCK; l++) {
                    float scale = d * source.get(ValueLayout.JAVA_BYTE, superBlock + 192 + 2L * block + l / 16);
                    int pair = bits(source, pairs + l, 2 * inHalf, 2);
                    int quant = nibble(source, nibbles + l, inHalf / 2) + 16 * pair;
                    out[i + block * BLOCK + l] = scale * (quant - 32);
                }
            }
        }
    }

    /** The scale of a block, from 12 bytes: six bits of byte b, or four of byte b + 4 and the upper two of byte b - 4. */
    private static int scale(MemorySegment source, long packed, int block) {
        return block < 4
                ? bits(source, packed + block, 0, 6)
                : bits(source, packed + block + 4, 0, 4) + 16 * bits(source, packed + block - 4, 6, 2);
    }

    /** The minimum of a block, from 12 bytes: six bits of byte b + 4, or its upper four and the upper two of byte b. */
    private static int minimum(MemorySegment source, long packed, int block) {
        return block < 4
                ? bits(source, packed + block + 4, 0, 6)
                : bits(source, packed + block + 4, 4, 4) + 16 * bits(source, packed + block, 6, 2);
    }

    private static int nibble(MemorySegment source, long offset, int half) {
        return bits(source, offset, 4 * half, 4);
    }

    /** Some bits of a byte, from bit {@code from} up. */
    private static int bits(MemorySegment source, long offset, int from, int count) {
        return (source.get(ValueLayout.JAVA_BYTE, offset) >> from) & ((1 << count) - 1);
    }
}
