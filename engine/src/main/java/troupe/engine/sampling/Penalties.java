package troupe.engine.sampling;

import troupe.engine.executor.SampleSpec;

/** Repetition, presence and frequency penalties, computed from the tokens so far and from nothing else. */
final class Penalties {
    /** Occurrences in the output, per token; all zero between calls. */
    private final int[] occurrences;

    private final boolean[] seen;

    Penalties(int vocabularySize) {
        occurrences = new int[vocabularySize];
        seen = new boolean[vocabularySize];
    }

    /** Changes the logits of the tokens in {@code spec.history()}, each once. */
    void apply(float[] logits, SampleSpec spec) {
        for (int i = spec.promptTokens(); i < spec.history().size(); i++) {
            occurrences[spec.history().get(i)]++;
        }
        for (int i = 0; i < spec.history().size(); i++) {
            int token = spec.history().get(i);
            if (!seen[token]) {
                seen[token] = true;
                logits[token] = penalized(logits[token], occurrences[token], spec.params());
            }
        }
        for (int i = 0; i < spec.history().size(); i++) {
            int token = spec.history().get(i);
            seen[token] = false;
            occurrences[token] = 0;
        }
    }

    private static float penalized(float logit, int count, SamplingParams params) {
        float value = logit > 0 ? logit / params.repetitionPenalty() : logit * params.repetitionPenalty();
        if (count > 0) {
            value = value - params.frequencyPenalty() * count - params.presencePenalty();
        }
        return Float.isNaN(value) ? Float.NEGATIVE_INFINITY : value; // opposite overflows: no chance
    }
}
