package troupe.actors.resume;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import troupe.engine.sampling.SamplingParams;

/**
 * Names all that an answer's tokens are a function of: answers of one tag are equal, token by token, whichever gateway and
 * worker computed them.
 */
public final class AnswerTag {
    /** Of the digest; 64 bits: two answers to one request meet by accident in one of 2^64 cases. */
    private static final int BYTES = 8;

    private AnswerTag() {}

    /** {@code seed} is the drawn one where the request gave none; it does not count where nothing is drawn. */
    public static String of(String fingerprint, SamplingParams sampling, long seed, String numericsId) {
        String all = fingerprint + '\n' + (isGreedy(sampling) ? "" : seed) + '\n' + numericsId;
        return HexFormat.of().formatHex(sha256(all), 0, BYTES);
    }

    /** Whether a request alone says what its tokens are on any worker of one numerics id. */
    static boolean isDetermined(SamplingParams sampling, @Nullable Long seed) {
        return seed != null || isGreedy(sampling);
    }

    private static boolean isGreedy(SamplingParams sampling) {
        return sampling.temperature() == 0;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
