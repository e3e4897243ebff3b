package troupe.engine.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.EngineRequest;
import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoreSpec;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.BlockHashes;
import troupe.engine.kv.BlockTable;
import troupe.engine.kv.TokenSequence;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.sampling.StopTokens;

/**
 * A request on its way through the engine.
 *
 * <pre>
 *   tokens:  [0, computed)                   keys and values are in the table's blocks
 *            [computed, computed + planned)  computed by the step that is planned or in flight
 *            [computed + planned, size)      later
 * </pre>
 */
final class Sequence {
    /** The most important one first: lower priority number, then earlier arrival. */
    static final Comparator<Sequence> BY_IMPORTANCE =
            Comparator.<Sequence>comparingInt(s -> s.request.priority()).thenComparingLong(s -> s.arrival);

    final EngineRequest request;
    final long arrival;
    final long arrivalNanos;
    final BlockTable table = new BlockTable();
    final BlockHashes hashes;
    final TokenSequence tokens;
    int computed;
    int planned;
    /** While it waits: its tokens but for those that were cached when it began to wait. */
    int tokensToPrefill;
    /** Among those of its tenant that prefill or wait; see {@link PrefillOrder}. */
    long place;
    /** Among all that prefill or wait, as it was told for the latest step. */
    double turn;

    boolean started;

    private final StopTokens stopTokens;
    private final int contextLength;
    private final List<ScoredToken> scored = new ArrayList<>();
    private boolean scoresWanted;

    Sequence(
            EngineRequest request,
            long arrival,
            long arrivalNanos,
            BlockHash root,
            int blockTokens,
            int contextLength,
            TokenIds endOfSequence) {
        this.request = request;
        this.arrival = arrival;
        this.arrivalNanos = arrivalNanos;
        this.contextLength = contextLength;
        tokens = new TokenSequence(request.prompt(), request.output());
        hashes = new BlockHashes(root, blockTokens);
        hashes.extend(tokens);
        stopTokens = StopTokens.of(request.sampling(), endOfSequence);
        scoresWanted = request.sampling().promptLogprobs() >= 0;
    }

    AttemptKey key() {
        return request.key();
    }

    int uncomputed() {
        return tokens.size() - computed;
    }

    /** Tokens that are to be computed before its next one: while it waits, those that were cached are left out. */
    int leftToPrefill() {
        return Math.min(tokensToPrefill, uncomputed());
    }

    /** An earlier attempt has begun its answer. */
    boolean goesOn() {
        return request.output().size() > 0;
    }

    int outputTokens() {
        return tokens.size() - request.prompt().size();
    }

    boolean isDecoding() {
        return uncomputed() == 1 && outputTokens() > 0;
    }

    /** Tokens at the beginning that may come from the cache: never the last, and none whose scores are still wanted. */
    int cacheable() {
        return scoresWanted ? Math.min(scored.size(), tokens.size() - 1) : tokens.size() - 1;
    }

    /** Goes on behind a cached prefix. */
    void begin(int cachedTokens) {
        computed = cachedTokens;
        while (scored.size() > cachedTokens) {
            scored.removeLast();
        }
    }

    SequenceSlice slice(TokenIds blockTable) {
        int end = computed + planned;
        return new SequenceSlice(
                tokens.slice(computed, end),
                computed,
                blockTable,
                end == tokens.size() ? sampleSpec() : null,
                scoresWanted ? scoreSpec(end) : null);
    }

    private SampleSpec sampleSpec() {
        SamplingParams params = request.sampling();
        TokenIds history = params.usesPenalties() ? tokens.slice(0, tokens.size()) : TokenIds.EMPTY;
        return new SampleSpec(
                params, request.seed(), request.key().choice(), request.prompt().size(), outputTokens(), history);
    }

    private @Nullable ScoreSpec scoreSpec(int end) {
        int to = Math.min(end + 1, request.prompt().size());
        return computed + 1 >= to
                ? null
                : new ScoreSpec(
                        tokens.slice(computed + 1, to), request.sampling().promptLogprobs());
    }

    /** The planned tokens are computed; {@code scores} are those asked for. Ready once every prompt token has its score. */
    Optional<List<ScoredToken>> advance(List<ScoredToken> scores) {
        ScoreSpec asked = scoresWanted ? scoreSpec(computed + planned) : null;
        int expected = asked == null ? 0 : asked.targets().size();
        if (scores.size() != expected) {
            throw new IllegalStateException(
                    key() + ": the executor gave " + scores.size() + " scores, asked for " + expected);
        }
        scored.addAll(scores);
        computed += planned;
        planned = 0;
        if (scoresWanted && scored.size() == request.prompt().size() - 1) {
            scoresWanted = false;
            return Optional.of(List.copyOf(scored));
        }
        return Optional.empty();
    }

    void append(int token) {
        tokens.append(token);
        hashes.extend(tokens);
    }

    /** Why the output is complete, if it is. */
    Optional<FinishReason> finishReason() {
        if (outputTokens() == 0) {
            return Optional.empty();
        }
        if (stopTokens.contains(tokens.get(tokens.size() - 1))) {
            return Optional.of(FinishReason.STOP);
        }
        boolean full = outputTokens() >= request.sampling().maxTokens() || tokens.size() >= contextLength;
        return full ? Optional.of(FinishReason.LENGTH) : Optional.empty();
    }
}
