package troupe.kernels;

/**
 * Where the bits above the nibbles are in a packed block, and how a vector of 16-bit lanes, shifted and masked, has those
 * of four columns at their place. Columns 16 h + 4 j .. + 3 have the number 4 h + j.
 */
enum UpperBits {
    /** No such bits: anything may be loaded, all of it is masked out. */
    NONE(0),
    /** One vector; bit 4 h + j of each byte. */
    FIFTH(0x1010),
    /** Two vectors, one for each h; bits 2j and 2j + 1 of each byte. */
    PAIRS(0x3030);

    private final short mask;

    UpperBits(int mask) {
        this.mask = (short) mask;
    }

    static UpperBits of(WeightType type) {
        return switch (type.upperBytes()) {
            case 4 -> FIFTH;
            case 8 -> PAIRS;
            default -> NONE;
        };
    }

    /** The number of the vector in the block. */
    int vector(int columns) {
        return this == PAIRS ? columns / 4 : 0;
    }

    int leftShift(int columns) {
        return Math.max(0, shift(columns));
    }

    int rightShift(int columns) {
        return Math.max(0, -shift(columns));
    }

    short mask() {
        return mask;
    }

    private int shift(int columns) {
        return this == PAIRS ? 4 - columns % 4 * 2 : 4 - columns;
    }
}
