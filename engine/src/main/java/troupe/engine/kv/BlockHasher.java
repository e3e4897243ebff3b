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
    private static final int HEAD_BYTES = PARENT_BYTES + 1;

    /** Of a token where all tokens of a block are that small: 16 of them and the head fill one block of SHA-256. */
    private static final int SHORT_BITS = 19;

    private final MessageDigest digest = sha256();
    private final byte[] result = new byte[digest.getDigestLength()];
    private byte[] block = new byte[HEAD_BYTES];
    private int[] ids = new int[0];

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
        begin(to - from);
        for (int i = from; i < to; i++) {
            ids[i - from] = tokens.get(i);
        }
        finish(parent.high(), parent.low(), to - from);
        return new BlockHash(high(), low());
    }

    /**
     * Hashes the full blocks {@code [from, to)} of {@code tokens}.
     *
     * @param hashes has the hash of the block before {@code from}, if there is one, and gets theirs: the upper half of
     *     block i's at 2i, the lower at 2i + 1
     */
    public void chain(BlockHash root, TokenIds tokens, int blockTokens, int from, int to, long[] hashes) {
        long high = from == 0 ? root.high() : hashes[2 * from - 2];
        long low = from == 0 ? root.low() : hashes[2 * from - 1];
        for (int i = from; i < to; i++) {
            hash(high, low, tokens, i * blockTokens, (i + 1) * blockTokens);
            high = high();
            low = low();
            hashes[2 * i] = high;
            hashes[2 * i + 1] = low;
        }
    }

    private void hash(long parentHigh, long parentLow, TokenIds tokens, int from, int to) {
        begin(to - from);
        for (int i = from; i < to; i++) {
            ids[i - from] = tokens.get(i);
        }
        finish(parentHigh, parentLow, to - from);
    }

    private void begin(int tokens) {
        if (ids.length < tokens) {
            ids = new int[tokens];
            block = new byte[HEAD_BYTES + (tokens + 1) * Integer.BYTES];
        }
    }

    private void addText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        INTS.set(block, 0, bytes.length);
        digest.update(block, 0, Integer.BYTES);
        digest.update(bytes);
    }

    /** Hashes a block of the first {@code tokens} of {@link #ids}. */
    private void finish(long parentHigh, long parentLow, int tokens) {
        LONGS.set(block, 0, parentHigh);
        LONGS.set(block, Long.BYTES, parentLow);
        int all = 0;
        for (int i = 0; i < tokens; i++) {
            all |= ids[i];
        }
        int bits = all >>> SHORT_BITS == 0 ? SHORT_BITS : Integer.SIZE;
        block[PARENT_BYTES] = (byte) bits;
        digest.update(block, 0, pack(tokens, bits));
        finish();
    }

    /** Writes the lower {@code bits} of each token, one behind the other; gives where the block ends. */
    private int pack(int tokens, int bits) {
        long pending = 0;
        int count = 0;
        int end = HEAD_BYTES;
        for (int i = 0; i < tokens; i++) {
            pending = (pending << bits) | Integer.toUnsignedLong(ids[i]);
            count += bits;
            if (count >= Integer.SIZE) {
                count -= Integer.SIZE;
                INTS.set(block, end, (int) (pending >>> count));
                end += Integer.BYTES;
            }
        }
        INTS.set(block, end, (int) (pending << (Integer.SIZE - count)));
        return end + (count + Byte.SIZE - 1) / Byte.SIZE;
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
