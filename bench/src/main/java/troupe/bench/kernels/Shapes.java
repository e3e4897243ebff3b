package troupe.bench.kernels;

/** The shapes of the default model, SmolLM2-135M. */
final class Shapes {
    static final int EMBEDDING = 576;
    static final int FEED_FORWARD = 1536;
    static final int VOCABULARY = 49_152;
    static final int LAYERS = 30;
    static final int HEADS = 9;
    static final int KV_HEADS = 3;
    static final int HEAD_DIMENSION = 64;
    static final int CONTEXT = 4096;

    private Shapes() {}
}
