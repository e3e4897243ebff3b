package troupe.engine.sampling;

import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;

/** Sample specs for tests: everything off unless set. */
final class SpecBuilder {
    float temperature = 1f;
    int topK;
    float topP = 1f;
    float minP;
    float repetition = 1f;
    float presence;
    float frequency;
    int minTokens;
    boolean ignoreEos;
    TokenIds stop = TokenIds.EMPTY;
    int logprobs = -1;
    long seed = 7;
    int choice;
    TokenIds prompt = TokenIds.of(0);
    TokenIds output = TokenIds.EMPTY;

    SampleSpec build() {
        SamplingParams params = new SamplingParams(
                temperature,
                topK,
                topP,
                minP,
                repetition,
                presence,
                frequency,
                100,
                minTokens,
                ignoreEos,
                stop,
                logprobs,
                -1);
        TokenIds history = TokenIds.EMPTY;
        if (params.usesPenalties()) {
            int[] all = new int[prompt.size() + output.size()];
            prompt.copyTo(all, 0);
            output.copyTo(all, prompt.size());
            history = TokenIds.of(all);
        }
        return new SampleSpec(params, seed, choice, prompt.size(), output.size(), history);
    }

    /** As if {@code count} tokens 0 had been generated. */
    SpecBuilder after(int count) {
        output = TokenIds.of(new int[count]);
        return this;
    }
}
