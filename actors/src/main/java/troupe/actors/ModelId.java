package troupe.actors;

/**
 * Exactly which model: replicas and gateways work together only where all of this is equal.
 *
 * @param name that requests use
 * @param sha256 of the model's file, lower-case hexadecimal
 * @param tokenizer fingerprint of what the tokenizer does, likewise
 */
public record ModelId(String name, String sha256, String tokenizer) {
    /** What differs from {@code other}, both values named; for models of one name. */
    String difference(ModelId other) {
        return !sha256.equals(other.sha256)
                ? "its file has the SHA-256 " + sha256 + ", here it is " + other.sha256
                : "its tokenizer has the fingerprint " + tokenizer + ", here it is " + other.tokenizer;
    }
}
