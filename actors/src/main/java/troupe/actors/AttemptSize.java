package troupe.actors;

/** How large an attempt may be, so that its submission is one message between nodes. */
public final class AttemptSize {
    /** An int in CBOR, the largest ones. */
    private static final int BYTES_PER_TOKEN = 5;

    /** Everything in a submission but its tokens: keys, parameters, the paths of actors, Akka's envelope. */
    private static final long REST_BYTES = 64 << 10;

    private AttemptSize() {}

    /**
     * Tokens of prompt and output together that a {@link Batcher.Submit} may hold.
     *
     * @param frameBytes the largest message that remoting takes
     */
    public static int mostTokens(long frameBytes) {
        return Math.clamp((frameBytes - REST_BYTES) / BYTES_PER_TOKEN, 1, Integer.MAX_VALUE);
    }
}
