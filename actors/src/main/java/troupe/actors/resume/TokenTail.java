package troupe.actors.resume;

import java.util.List;
import troupe.engine.executor.ScoredToken;

/** Tokens of a sequence's choice, from number {@code from} on, as the owner of {@code epoch} has them. */
public record TokenTail(String sequence, long epoch, int choice, int from, List<ScoredToken> tokens) {
    public TokenTail {
        tokens = List.copyOf(tokens);
    }
}
