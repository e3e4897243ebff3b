package troupe.actors;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import troupe.engine.TokenIds;

/** What makes two requests the same: model, prompt, number of choices, parameters, and the seed if one is given. */
final class Fingerprint {
    /** Of SHA-256. */
    private static final int BYTES = 16;

    private Fingerprint() {}

    /** Lower-case hexadecimal, 32 characters. */
    static String of(GenerationRequest request, TokenIds prompt) {
        MessageDigest digest = sha256();
        ByteBuffer tokens = ByteBuffer.allocate(Integer.BYTES * prompt.size());
        for (int i = 0; i < prompt.size(); i++) {
            tokens.putInt(prompt.get(i));
        }
        digest.update(tokens.flip());
        // Records print all of their fields.
        String rest = String.join(
                "\n",
                request.model(),
                String.valueOf(request.choices()),
                String.valueOf(request.maxTokens()),
                request.sampling().toString(),
                String.valueOf(request.seed()),
                request.stop().toString());
        byte[] hash = digest.digest(rest.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(Arrays.copyOf(hash, BYTES));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
