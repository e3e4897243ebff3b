package troupe.engine.sampling;

/**
 * The counter-based random numbers that all draws come from: Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3" (SC 2011). A pure function of key and counter: there is no generator state, so
 * what else is drawn, where and when changes nothing.
 */
public final class Philox {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private Philox() {}

    /** The 128 random bits of one counter. */
    public record Words(int word0, int word1, int word2, int word3) {}

    /** What a draw is for; each purpose has a stream of its own. The code is part of the numerics: never renumber. */
    public enum Purpose {
        TOKEN(0);

        private final int code;

        Purpose(int code) {
            this.code = code;
        }
    }

    /** A number in {@code [0, 1)} with 53 random bits, for one purpose at one absolute position of one choice. */
    public static double uniform(long seed, int choice, int position, Purpose purpose) {
        Words words = words((int) seed, (int) (seed >>> 32), position, choice, purpose.code, 0);
        long bits = ((words.word0 & 0xFFFFFFFFL) << 21) | (words.word1 >>> 11);
        return bits * 0x1p-53;
    }

    /** The bijection itself: two words of key, four of counter. */
    public static Words words(int key0, int key1, int counter0, int counter1, int counter2, int counter3) {
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (counter0 & 0xFFFFFFFFL);
            long product1 = MULTIPLIER_1 * (counter2 & 0xFFFFFFFFL);
            counter0 = (int) (product1 >>> 32) ^ counter1 ^ key0;
            counter1 = (int) product1;
            counter2 = (int) (product0 >>> 32) ^ counter3 ^ key1;
            counter3 = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        return new Words(counter0, counter1, counter2, counter3);
    }
}
