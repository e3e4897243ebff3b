package troupe.engine.sampling;

import troupe.engine.executor.ScoredToken;

/** What the logits of one position led to. */
public sealed interface SampleResult {
    /** A token was drawn, or the given one scored. */
    record Scored(ScoredToken token) implements SampleResult {}

    /** The logits allow no answer; it concerns this sequence alone. */
    record Failed(String reason) implements SampleResult {}
}
