package troupe.engine.testing;

import java.util.ArrayList;
import java.util.List;
import troupe.engine.EngineRequest;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.sampling.StopTokens;

/**
 * A language model without weights: the state after a token is a hash of all tokens up to it, and the next token is a
 * hash of the state, the seed and the choice.
 */
public final class StubModel {
    static final long INITIAL_STATE = 0x5851F42D4C957F2DL;

    private StubModel() {}

    /** An executor's description with plain defaults: 1,000 tokens, of which token 0 ends a sequence. */
    public static ExecutorInfo info(int contextLength, int blockTokens, int kvBlocks) {
        return new ExecutorInfo(
                "stub", "stub-v1", "none", 1_000, contextLength, TokenIds.of(0), blockTokens, kvBlocks, 1);
    }

    /** All output tokens of the request, those given by {@code request.output()} included, up to stop or limit. */
    public static TokenIds expectedOutput(ExecutorInfo info, EngineRequest request) {
        TokenIds prompt = request.prompt();
        long state = INITIAL_STATE;
        for (int i = 0; i < prompt.size(); i++) {
            state = next(state, prompt.get(i));
        }
        SamplingParams params = request.sampling();
        StopTokens stops = StopTokens.of(params, info.endOfSequence());
        int limit = Math.min(params.maxTokens(), info.contextLength() - prompt.size());
        int[] output = new int[limit];
        int size = 0;
        while (size < limit && (size == 0 || !stops.contains(output[size - 1]))) {
            int token = size < request.output().size()
                    ? request.output().get(size)
                    : draw(info, params, request.seed(), request.key().choice(), size, state);
            output[size++] = token;
            state = next(state, token);
        }
        return TokenIds.copyOfRange(output, 0, size);
    }

    static long next(long state, int token) {
        return mix(state * 31 + token + 1);
    }

    static int draw(ExecutorInfo info, SamplingParams params, long seed, int choice, int outputTokens, long state) {
        StopTokens stops = StopTokens.every(params, info.endOfSequence());
        int token = (int) Long.remainderUnsigned(mix(state ^ mix(seed + choice)), info.vocabularySize());
        while (outputTokens < params.minTokens() && stops.contains(token)) {
            token = (token + 1) % info.vocabularySize();
        }
        return token;
    }

    /** The score of {@code target} after {@code state}, with {@code top} other tokens; no score if {@code top} is -1. */
    static ScoredToken score(ExecutorInfo info, long state, int target, int top) {
        List<TokenLogprob> likeliest = new ArrayList<>();
        for (int i = 0; i < top; i++) {
            likeliest.add(new TokenLogprob((int) Long.remainderUnsigned(state + i, info.vocabularySize()), -i));
        }
        float logprob = top < 0 ? Float.NaN : -(mix(state + target) >>> 50) / 1000f;
        return new ScoredToken(target, logprob, likeliest);
    }

    /** SplitMix64's finalizer. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
