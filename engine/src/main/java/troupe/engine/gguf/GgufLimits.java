package troupe.engine.gguf;

/** What a GGUF file may contain; each is far above any published model and keeps a hostile file from using memory up. */
final class GgufLimits {
    static final long METADATA_ENTRIES = 1 << 16;
    static final long TENSORS = 1 << 16;
    /** The specification's limit, bytes. */
    static final int KEY_BYTES = (1 << 16) - 1;
    /** The specification's limit, bytes. */
    static final int TENSOR_NAME_BYTES = 64;
    /** Bytes of one string value; chat templates reach tens of thousands. */
    static final int STRING_BYTES = 1 << 24;
    /** Elements of all arrays of a file together; a vocabulary of 260,000 tokens has about 1.6 million. */
    static final long ARRAY_ELEMENTS = 1 << 22;
    /** Bytes of header, metadata and tensor descriptions together. */
    static final long METADATA_BYTES = 1 << 28;

    static final int ARRAY_DEPTH = 4;
    static final int DIMENSIONS = 4;
    static final int MIN_ALIGNMENT = 8;
    static final int MAX_ALIGNMENT = 1 << 20;

    private GgufLimits() {}
}
