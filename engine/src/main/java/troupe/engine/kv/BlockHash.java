package troupe.engine.kv;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import troupe.engine.TokenIds;

/**
 * Names the content of a full KV block: its tokens and all that came before them. SHA-256 cut to 128 bits and chained,
 * so that even tokens chosen by an adversary do not collide in practice; equal hashes are taken for equal content.
 */
public record BlockHash(long high, long low) {
    /**
     * The hash in front of the first block. KV is shared only among sequences with equal roots.
     *
     * @param numericsId what the bits of keys and values depend on
     * @param adapter name of the adapter; empty for none
     * @param cacheSalt separates those who must not share; empty is a salt like any other
     */
    public static BlockHash root(String numericsId, String adapter, String cacheSalt) {
        MessageDigest digest = sha256();
        for (String part : new String[] {numericsId, adapter, cacheSalt}) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
            digest.update(bytes);
        }
        return cut(digest.digest());
    }

    /** The hash of the block whose tokens are {@code [from, to)} and whose predecessor this is. */
    public BlockHash child(TokenIds tokens, int from, int to) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES + (to - from) * Integer.BYTES);
        bytes.putLong(high).putLong(low);
        for (int i = from; i < to; i++) {
            bytes.putInt(tokens.get(i));
        }
        return cut(sha256().digest(bytes.array()));
    }

    private static BlockHash cut(byte[] digest) {
        ByteBuffer bytes = ByteBuffer.wrap(digest);
        return new BlockHash(bytes.getLong(), bytes.getLong());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }
}
