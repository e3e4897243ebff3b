package troupe.engine.kv;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What changed in an engine's prefix cache, in order: full blocks that entered it, that left it, or that it lost all
 * blocks. Immutable.
 */
public final class KvChanges {
    /** What a change says. */
    public enum Kind {
        /** The block's content is cached from now on. */
        STORED(0),
        /** It no longer is. */
        REMOVED(1),
        /** Nothing is cached any more; the change names no block. */
        CLEARED(2);

        private final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }

        private static Kind of(byte code) {
            return switch (code) {
                case 0 -> STORED;
                case 1 -> REMOVED;
                case 2 -> CLEARED;
                default -> throw new IllegalArgumentException("a change of a cache is of kind " + code);
            };
        }
    }

    public static final KvChanges NONE = new KvChanges(new byte[0], new long[0]);

    private static final int BYTES_PER_CHANGE = 1 + 2 * Long.BYTES;

    private final byte[] kinds;
    /** High and low half of each change's hash. */
    private final long[] hashes;

    private KvChanges(byte[] kinds, long[] hashes) {
        this.kinds = kinds;
        this.hashes = hashes;
    }

    public int size() {
        return kinds.length;
    }

    public boolean isEmpty() {
        return kinds.length == 0;
    }

    public Kind kind(int change) {
        return Kind.of(kinds[change]);
    }

    /** The upper half of the hash that a change names. */
    public long high(int change) {
        return hashes[2 * change];
    }

    /** The lower half of the hash that a change names. */
    public long low(int change) {
        return hashes[2 * change + 1];
    }

    /** All of it, 17 bytes per change: the kind, then the hash, big-endian. */
    public byte[] toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(size() * BYTES_PER_CHANGE);
        for (int i = 0; i < size(); i++) {
            bytes.put(kinds[i]).putLong(high(i)).putLong(low(i));
        }
        return bytes.array();
    }

    /**
     * The inverse of {@link #toBytes}.
     *
     * @throws IllegalArgumentException if the bytes are not of that form
     */
    public static KvChanges fromBytes(byte[] bytes) {
        if (bytes.length % BYTES_PER_CHANGE != 0) {
            throw new IllegalArgumentException(
                    "changes of a cache have " + bytes.length + " bytes, not a multiple of " + BYTES_PER_CHANGE);
        }
        int size = bytes.length / BYTES_PER_CHANGE;
        byte[] kinds = new byte[size];
        long[] hashes = new long[2 * size];
        ByteBuffer in = ByteBuffer.wrap(bytes);
        for (int i = 0; i < size; i++) {
            kinds[i] = Kind.of(in.get()).code;
            hashes[2 * i] = in.getLong();
            hashes[2 * i + 1] = in.getLong();
        }
        return new KvChanges(kinds, hashes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KvChanges changes
                && Arrays.equals(kinds, changes.kinds)
                && Arrays.equals(hashes, changes.hashes);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(kinds) + Arrays.hashCode(hashes);
    }

    @Override
    public String toString() {
        return kinds.length + " changes";
    }

    /** Collects changes until they are taken. Used by one thread. */
    public static final class Log {
        private byte[] kinds = new byte[16];
        private long[] hashes = new long[32];
        private int size;

        public void stored(long high, long low) {
            add(Kind.STORED, high, low);
        }

        public void removed(long high, long low) {
            add(Kind.REMOVED, high, low);
        }

        public void cleared() {
            size = 0;
            add(Kind.CLEARED, 0, 0);
        }

        public int size() {
            return size;
        }

        /** The changes since the last call. */
        public KvChanges take() {
            if (size == 0) {
                return NONE;
            }
            KvChanges taken = new KvChanges(Arrays.copyOf(kinds, size), Arrays.copyOf(hashes, 2 * size));
            size = 0;
            return taken;
        }

        private void add(Kind kind, long high, long low) {
            if (size == kinds.length) {
                kinds = Arrays.copyOf(kinds, 2 * size);
                hashes = Arrays.copyOf(hashes, 4 * size);
            }
            kinds[size] = kind.code;
            hashes[2 * size] = high;
            hashes[2 * size + 1] = low;
            size++;
        }
    }
}
