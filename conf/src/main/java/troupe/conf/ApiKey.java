package troupe.conf;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A client of the API, known by a key of which only the hash is kept.
 *
 * @param name in logs and metrics, unique among the keys
 * @param hash of the key
 * @param weight its share of the workers beside other keys', at least 1
 * @param leastPriority the most urgent priority that its requests may have: a lower number is raised to this
 */
public record ApiKey(String name, Hash hash, int weight, int leastPriority, KeyLimits limits) {
    /** The name of the one key of {@code troupe.http.api-key}. */
    private static final String ONLY = "default";

    /** The key of {@code troupe.http.api-key}: alone, so it needs no limits against others. */
    static ApiKey only(Secret key) {
        return new ApiKey(ONLY, Hash.of(key.value()), 1, Integer.MIN_VALUE, KeyLimits.NONE);
    }

    /** A SHA-256. Equality takes the same time wherever two differ. */
    public static final class Hash {
        public static final int BYTES = 32;

        private final byte[] bytes;

        /** @param bytes {@value #BYTES} of them */
        Hash(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        /** Of the key's UTF-8. */
        public static Hash of(String key) {
            try {
                return new Hash(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JVM has SHA-256", e);
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Hash hash && MessageDigest.isEqual(bytes, hash.bytes);
        }

        @Override
        public int hashCode() {
            return bytes[0] | bytes[1] << 8;
        }

        /** In hexadecimal. */
        @Override
        public String toString() {
            return HexFormat.of().formatHex(bytes);
        }
    }
}
