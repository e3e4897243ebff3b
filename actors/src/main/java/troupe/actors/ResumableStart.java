package troupe.actors;

import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.Resumption;
import troupe.engine.executor.ScoredToken;

/**
 * How a resumable request begins at a gateway.
 *
 * @param read by its first client; null: nothing
 * @param numericsId of the workers that computed what is known; null: of a request that was not taken over
 * @param tokens of each choice that an owner before has computed; empty of a request that was not taken over
 */
public record ResumableStart(
        Resumption resumption,
        @Nullable ReadSoFar read,
        @Nullable String numericsId,
        List<List<ScoredToken>> tokens) {
    public ResumableStart {
        tokens = tokens.stream().map(List::copyOf).toList();
    }

    String fingerprint() {
        return resumption.fingerprint();
    }

    List<ScoredToken> tokens(int choice) {
        return choice < tokens.size() ? tokens.get(choice) : List.of();
    }
}
