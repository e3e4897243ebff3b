package troupe.engine.executor;

import java.util.List;

/** What a step produced for one slice. */
public sealed interface SliceResult {
    /**
     * The slice was computed.
     *
     * @param drawn 0 to k tokens: none while the prompt is incomplete, one for plain decoding, more for speculation
     * @param scored one per target of the slice's {@link ScoreSpec}
     */
    record Computed(List<ScoredToken> drawn, List<ScoredToken> scored) implements SliceResult {
        public Computed {
            drawn = List.copyOf(drawn);
            scored = List.copyOf(scored);
        }
    }

    /** Only this sequence failed (its logits are not finite, say); the step's other slices stand. */
    record Failed(String reason) implements SliceResult {}
}
