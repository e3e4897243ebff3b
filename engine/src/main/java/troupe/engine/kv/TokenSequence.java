package troupe.engine.kv;

import java.util.Arrays;
import troupe.engine.TokenIds;

/** A growing sequence of token ids: prompt, then output. */
public final class TokenSequence {
    private int[] ids;
    private int size;

    public TokenSequence(TokenIds prompt, TokenIds output) {
        ids = new int[prompt.size() + output.size() + 16];
        prompt.copyTo(ids, 0);
        output.copyTo(ids, prompt.size());
        size = prompt.size() + output.size();
    }

    public int size() {
        return size;
    }

    public int get(int index) {
        return ids[index];
    }

    public void append(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, size + (size >> 1));
        }
        ids[size++] = id;
    }

    /** A copy of the ids {@code [from, to)}. */
    public TokenIds slice(int from, int to) {
        return TokenIds.copyOfRange(ids, from, to);
    }
}
