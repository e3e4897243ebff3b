package troupe.actors.resume;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.GenerationRequest;
import troupe.actors.Prompt;
import troupe.actors.RequestTag;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

/** Resumable requests for tests. */
final class Requests {
    static final Duration GRACE = Duration.ofSeconds(30);
    static final Duration TIMEOUT = Duration.ofSeconds(60);

    private Requests() {}

    static Resumption resumption(String id, String body) {
        return new Resumption(new ResumeKey("owner", id, 0), body, GRACE);
    }

    static GenerationRequest request(int choices, @Nullable Long seed) {
        return new GenerationRequest(
                new RequestTag("r", null),
                "m",
                new Prompt.Tokens(TokenIds.of(1, 2, 3)),
                choices,
                10,
                new SamplingParams(1, 0, 1, 0, 1, 0, 0, 10, 0, false, TokenIds.EMPTY, -1, -1),
                seed,
                List.of(),
                false,
                true,
                0,
                "",
                TIMEOUT,
                Tenant.NONE);
    }

    static SequenceRecord record(String sequence, long epoch, String id, int choices) {
        return new SequenceRecord(sequence, epoch, request(choices, 7L), resumption(id, "body"), "n");
    }

    static TokenTail tail(String sequence, long epoch, int choice, int from, int count) {
        return new TokenTail(sequence, epoch, choice, from, tokens(from, count));
    }

    /** Token number i is 100 + i. */
    static List<ScoredToken> tokens(int from, int count) {
        List<ScoredToken> tokens = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            tokens.add(new ScoredToken(100 + i, -1, List.of()));
        }
        return tokens;
    }
}
