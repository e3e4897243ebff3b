package troupe.engine.store;

/** Hears how a pull goes; called from the pulling thread, often, so it should return at once. */
@FunctionalInterface
public interface ProgressListener {
    /** What a pull is doing. */
    enum Phase {
        /** Another pull of the same model is under way; bytes are 0 of 0. */
        WAITING,
        /** The package is being downloaded. */
        DOWNLOADING,
        /** The model is being unpacked and its checksum computed. */
        UNPACKING
    }

    /** Hears nothing. */
    ProgressListener NONE = (phase, bytes, totalBytes) -> {};

    /** {@code bytes} of {@code totalBytes} of {@code phase} are done. */
    void progress(Phase phase, long bytes, long totalBytes);
}
