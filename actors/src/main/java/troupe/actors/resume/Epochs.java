package troupe.actors.resume;

/**
 * Numbers the owners of a sequence, so that of two of them one is always the later one.
 *
 * <pre>
 *   bits [32, 63)   how often the sequence has been taken over
 *   bits [0, 32)    who took it, so that two that do so at once get different numbers
 * </pre>
 */
public final class Epochs {
    /** Of the owner that accepted the request. */
    public static final long FIRST = 1;

    private Epochs() {}

    /** Of the owner that follows; {@code gateway} is another number for each start of each gateway. */
    public static long next(long epoch, int gateway) {
        return ((epoch >>> 32) + 1) << 32 | Integer.toUnsignedLong(gateway);
    }
}
