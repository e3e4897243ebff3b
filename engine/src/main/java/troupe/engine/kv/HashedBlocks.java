package troupe.engine.kv;

import java.util.Arrays;

/**
 * Which block holds the content of a hash: open addressing over ints, since a large pool would otherwise drown in
 * objects. Linear probing; what is removed leaves no trace. Hashes are spread evenly, so their own bits choose the place.
 */
final class HashedBlocks {
    static final int NONE = -1;

    /** Hash of each block that is in: of block b the upper half at 2b, the lower at 2b + 1. */
    private final long[] hashes;

    private final int[] places;
    private final int mask;

    /** @param blocks there are */
    HashedBlocks(int blocks) {
        hashes = new long[2 * blocks];
        // At most half full, so that probes are short.
        places = new int[Integer.highestOneBit(Math.max(1, blocks)) << 2];
        Arrays.fill(places, NONE);
        mask = places.length - 1;
    }

    /** The block with this hash, or {@link #NONE}. */
    int find(BlockHash hash) {
        int place = (int) hash.low() & mask;
        int block = places[place];
        while (block != NONE && (low(block) != hash.low() || high(block) != hash.high())) {
            place = place + 1 & mask;
            block = places[place];
        }
        return block;
    }

    /** Adds a block that is not in, under a hash that is not in. */
    void add(BlockHash hash, int block) {
        hashes[2 * block] = hash.high();
        hashes[2 * block + 1] = hash.low();
        int place = (int) hash.low() & mask;
        while (places[place] != NONE) {
            place = place + 1 & mask;
        }
        places[place] = block;
    }

    /** Removes a block that is in; its hash can still be read until the block is added again. */
    void remove(int block) {
        int hole = (int) low(block) & mask;
        while (places[hole] != block) {
            hole = hole + 1 & mask;
        }
        // What was pushed past the hole by it moves back, so that every block is found from its own place on.
        int place = hole;
        while (true) {
            place = place + 1 & mask;
            int moving = places[place];
            if (moving == NONE) {
                places[hole] = NONE;
                return;
            }
            int home = (int) low(moving) & mask;
            if ((place - home & mask) >= (place - hole & mask)) {
                places[hole] = moving;
                hole = place;
            }
        }
    }

    long high(int block) {
        return hashes[2 * block];
    }

    long low(int block) {
        return hashes[2 * block + 1];
    }
}
