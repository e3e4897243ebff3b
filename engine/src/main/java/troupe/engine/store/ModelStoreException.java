package troupe.engine.store;

/** A model that is unknown, or could not be fetched or verified; the message says what to do. */
public final class ModelStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelStoreException(String message) {
        super(message);
    }

    public ModelStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
