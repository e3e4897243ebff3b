package troupe.engine.kv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import troupe.engine.TokenIds;

/**
 * Computes the hashes that {@link BlockHash} defines, with one digest and one buffer for all of them: looking SHA-256 up
 * and allocating its state would cost more than hashing a block. Used by one thread.
 */
public final class BlockHasher {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int PARENT_BYTES = 2 * Long.BYTES;

    private final MessageDigest digest = sha256();
    private final byte[] result = new byte[digest.getDigestLength()];
    private byte[] block = new byte[PARENT_BYTES];

    /** As {@link BlockHash#root}. */
    public BlockHash root(String numericsId, String adapter, String cacheSalt) {
        addText(numericsId);
        addText(adapter);
        addText(cacheSalt);
        finish();
        return new BlockHash(high(), low());
    }

    /** As {@link BlockHash#child}. */
    public BlockHash child(BlockHash parent, TokenIds tokens, int from, int to) {
        hash(parent.high(), parent.low(), tokens, from, to);
        return new BlockHash(high(), low());
    }

    /** The hash of the block whose tokens are {@code [from, to)} of a growing sequence. */
    BlockHash child(BlockHash parent, TokenSequence tokens, int from, int to) {
        begin(parent.high(), parent.low(), to - from);
        for (int i = from; i < to; i++) {
            INTS.set(block, PARENT_BYTES + (i - from) * Integer.BYTES, tokens.get(i));
        }
        finish(to - from);
        return new BlockHash(high(), low());
    }

    /**
     * Hashes the first {@code blocks} full blocks of {@code tokens}.
     *
     * @param hashes gets the upper half of block i's hash at 2i, the lower at 2i + 1
     */
    public void chain(BlockHash root, TokenIds tokens, int blockTokens, int blocks, long[] hashes) {
        long high = root.high();
        long low = root.low();
        for (int i = 0; i < blocks; i++) {
            hash(high, low, tokens, i * blockTokens, (i + 1) * blockTokens);
            high = high();
            low = low();
            hashes[2 * i] = high;
            hashes[2 * i + 1] = low;
        }
    }

    private void hash(long parentHigh, long parentLow, TokenIds tokens, int from, int to) {
        begin(parentHigh, parentLow, to - from);
        for (int i = from; i < to; i++) {
            INTS.set(block, PARENT_BYTES + (i - from) * Integer.BYTES, tokens.get(i));
        }
        finish(to - from);
    }

    private void begin(long parentHigh, long parentLow, int tokens) {
        int bytes = PARENT_BYTES + tokens * Integer.BYTES;
        if (block.length < bytes) {
            block = new byte[bytes];
        }
        LONGS.set(block, 0, parentHigh);
        LONGS.set(block, Long.BYTES, parentLow);
    }

    private void addText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        INTS.set(block, 0, bytes.length);
        digest.update(block, 0, Integer.BYTES);
        digest.update(bytes);
    }

    private void finish(int tokens) {
        digest.update(block, 0, PARENT_BYTES + tokens * Integer.BYTES);
        finish();
    }

    private void finish() {
        try {
            digest.digest(result, 0, result.length);
        } catch (DigestException e) {
            throw new IllegalStateException("a buffer of the digest's own length is long enough", e);
        }
    }

    private long high() {
        return (long) LONGS.get(result, 0);
    }

    private long low() {
        return (long) LONGS.get(result, Long.BYTES);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
