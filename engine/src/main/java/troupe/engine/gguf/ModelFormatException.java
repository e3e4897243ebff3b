package troupe.engine.gguf;

/** A model file that is malformed, exceeds a limit, or needs what is not supported; the message names field, value and limit. */
public final class ModelFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
