package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.testing.WordCodec;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

class PromptCheckTest {
    private static final TokenIds PROMPT = TokenIds.of(1, 2, 3);
    private static final ServedModel MODEL =
            new ServedModel(new ModelId("stub", "sha", "words"), 10, 1_000, TokenIds.of(0), new WordCodec(1_000));

    private final Convictions convictions = new Convictions(Duration.ofMinutes(1), () -> 0, found -> {});

    @Test
    void shouldTakeWhatJustFits() {
        assertEquals(Optional.empty(), refusal(100, request(7), PROMPT));
        assertEquals(Optional.empty(), refusal(4, request(null), PROMPT));
        assertEquals(Optional.empty(), refusal(5, request(2), PROMPT));
    }

    @Test
    void shouldRefuseAPromptWithoutTokens() {
        assertEquals(
                Optional.of(new SequenceEvent.Failed("s", FailureKind.INVALID, "the prompt has no tokens")),
                refusal(100, request(1), TokenIds.EMPTY));
    }

    @Test
    void shouldSayWhichLimitARequestIsPast() {
        assertEquals(
                "the model's context is 10 tokens, the request needs 11: 3 of the prompt and 8 of the output",
                tooLong(100, request(8)));
        assertEquals(
                "the most that can be sent to a worker is 3 tokens, the request needs 4: 3 of the prompt and 1 of the"
                        + " output",
                tooLong(3, request(null)));
        assertEquals(
                "the model's context is 10 tokens, the request needs 2147483650: 3 of the prompt and 2147483647 of the"
                        + " output",
                tooLong(100, request(Integer.MAX_VALUE)));
    }

    @Test
    void shouldRefuseTheEqualOfAConvictedRequestAndNoOther() {
        convictions.learn(Fingerprint.of(request(2), PROMPT));
        assertEquals(
                Optional.of(FailureKind.CRASHES_WORKERS),
                refusal(100, request(2), PROMPT).map(SequenceEvent.Failed::kind));
        assertEquals(Optional.empty(), refusal(100, request(3), PROMPT));
    }

    private String tooLong(int maxTokens, GenerationRequest request) {
        SequenceEvent.Failed failed = refusal(maxTokens, request, PROMPT).orElseThrow();
        assertEquals(FailureKind.TOO_LONG, failed.kind());
        return failed.message();
    }

    private Optional<SequenceEvent.Failed> refusal(int maxTokens, GenerationRequest request, TokenIds prompt) {
        return new PromptCheck(maxTokens, convictions).refusal("s", request, prompt, MODEL);
    }

    private static GenerationRequest request(@Nullable Integer maxTokens) {
        return new GenerationRequest(
                new RequestTag("request", null),
                "stub",
                new Prompt.Tokens(PROMPT),
                1,
                maxTokens,
                SamplingParams.greedy(50),
                1L,
                List.of(),
                false,
                true,
                0,
                "",
                null,
                Tenant.NONE);
    }
}
