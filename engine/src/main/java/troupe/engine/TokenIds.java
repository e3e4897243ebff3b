package troupe.engine;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An immutable sequence of ints: token ids, or the physical block ids of a block table. */
public final class TokenIds {
    public static final TokenIds EMPTY = new TokenIds(new int[0]);

    private final int[] ids;

    private TokenIds(int[] ids) {
        this.ids = ids;
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static TokenIds of(int... ids) {
        return ids.length == 0 ? EMPTY : new TokenIds(ids.clone());
    }

    /** The ids {@code [from, to)} of {@code source}. */
    public static TokenIds copyOfRange(int[] source, int from, int to) {
        return from == to ? EMPTY : new TokenIds(Arrays.copyOfRange(source, from, to));
    }

    public int size() {
        return ids.length;
    }

    public boolean isEmpty() {
        return ids.length == 0;
    }

    public int get(int index) {
        return ids[index];
    }

    public TokenIds slice(int from, int to) {
        return copyOfRange(ids, from, to);
    }

    public TokenIds append(int id) {
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = id;
        return new TokenIds(longer);
    }

    /** The first index of {@code [from, to)}, which both have, at which the other has another id; {@code to} if none. */
    public int mismatch(TokenIds other, int from, int to) {
        int length = Arrays.mismatch(ids, from, to, other.ids, from, to);
        return length < 0 ? to : from + length;
    }

    /** Copies all ids into {@code target} starting at {@code offset}. */
    public void copyTo(int[] target, int offset) {
        System.arraycopy(ids, 0, target, offset, ids.length);
    }

    /** A copy that the caller may change. */
    @JsonValue
    public int[] toArray() {
        return ids.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenIds that && Arrays.equals(ids, that.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
        return ids.length <= 16 ? Arrays.toString(ids) : "[" + ids.length + " ids]";
    }
}
