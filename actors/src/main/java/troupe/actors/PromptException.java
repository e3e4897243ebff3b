package troupe.actors;

/** A prompt cannot be turned into tokens, by its sender's fault; the message is for the sender. */
public final class PromptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PromptException(String message) {
        super(message);
    }
}
