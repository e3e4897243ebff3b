package troupe.engine.output;

/**
 * What one token added.
 *
 * @param text that can be sent now; may be empty, and may belong to earlier tokens that were held back
 * @param tokenOffset where the token's own text begins in the whole output, UTF-16 units
 */
public record TextDelta(String text, int tokenOffset) {}
