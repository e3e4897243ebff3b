package troupe.engine.output;

/** Why an output stopped before its length limit. */
public sealed interface StopCause {
    /** A stop string appeared in the text. */
    record StopString(String text) implements StopCause {}

    /** End-of-sequence or a stop token was drawn. */
    record StopToken(int token) implements StopCause {}
}
