package troupe.cluster.simulation;

import java.util.Arrays;
import troupe.engine.TokenIds;

/** A prompt as runs of synthetic tokens. Prompts that begin with equal runs begin with equal tokens. Immutable. */
public final class TokenRuns {
    public static final TokenRuns EMPTY = new TokenRuns(new long[0], new int[0], 0);

    private final long[] runs;
    /** Tokens of each run. */
    private final int[] lengths;

    private final int size;

    private TokenRuns(long[] runs, int[] lengths, int size) {
        this.runs = runs;
        this.lengths = lengths;
        this.size = size;
    }

    /** These runs, then {@code tokens} tokens of the run named {@code run}. */
    public TokenRuns then(long run, int tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException("tokens is " + tokens + ", must be at least 0");
        }
        long[] longer = Arrays.copyOf(runs, runs.length + 1);
        int[] counts = Arrays.copyOf(lengths, lengths.length + 1);
        longer[runs.length] = run;
        counts[lengths.length] = tokens;
        return new TokenRuns(longer, counts, Math.addExact(size, tokens));
    }

    /**
     * Runs of equal length, the last one of what is left.
     *
     * @param names of the runs, as many as it takes
     * @param each tokens of a run
     * @param size tokens in all
     */
    public static TokenRuns of(long[] names, int each, int size) {
        int count = Math.ceilDiv(size, each);
        if (count > names.length) {
            throw new IllegalArgumentException(
                    size + " tokens take " + count + " runs of " + each + ", there are " + names.length);
        }
        int[] lengths = new int[count];
        Arrays.fill(lengths, each);
        if (count > 0) {
            lengths[count - 1] = size - (count - 1) * each;
        }
        return new TokenRuns(Arrays.copyOf(names, count), lengths, size);
    }

    /** The same in another copy of the workload. */
    public TokenRuns inCopy(int copy) {
        if (copy == 0) {
            return this;
        }
        long[] renamed = new long[runs.length];
        for (int i = 0; i < runs.length; i++) {
            renamed[i] = SyntheticTokens.inCopy(runs[i], copy);
        }
        return new TokenRuns(renamed, lengths, size);
    }

    /** Tokens. */
    public int size() {
        return size;
    }

    public TokenIds tokens(int vocabulary) {
        int[] ids = new int[size];
        int next = 0;
        for (int run = 0; run < runs.length; run++) {
            for (int offset = 0; offset < lengths[run]; offset++) {
                ids[next++] = SyntheticTokens.token(runs[run], offset, vocabulary);
            }
        }
        return TokenIds.of(ids);
    }
}
