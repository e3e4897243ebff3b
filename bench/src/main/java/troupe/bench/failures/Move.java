package troupe.bench.failures;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * How a stream went on at another worker, as its gateway's waterfall tells.
 *
 * @param noticedMillis from the fault until it was submitted again; what the clock of the day gives, so within 1 ms
 * @param waitedMillis from then until the worker began with it
 * @param prefillMillis until its next token
 * @param tokens computed again: those of prompt and output that were not in the worker's cache
 */
record Move(double noticedMillis, double waitedMillis, double prefillMillis, int tokens) {
    /**
     * The first one after the fault.
     *
     * @param waterfall as {@code /admin/requests/ID} gives it
     * @param faultMillis since 1970
     * @return empty where the stream stayed where it was
     */
    static Optional<Move> of(JsonNode waterfall, long faultMillis) {
        JsonNode attempts = waterfall.path("attempts");
        int before = 0;
        for (int i = 1; i < attempts.size(); i++) {
            JsonNode attempt = attempts.get(i);
            before += attempts.get(i - 1).path("output_tokens").asInt();
            double submitted = attempt.path("submitted_ms").asDouble();
            double noticed = waterfall.path("received_at").asLong() + submitted - faultMillis;
            if (noticed >= 0 && attempt.hasNonNull("first_token_ms")) {
                double begin = attempt.path("prefill_begin_ms").asDouble();
                return Optional.of(new Move(
                        noticed,
                        begin - submitted,
                        attempt.path("first_token_ms").asDouble() - begin,
                        waterfall.path("prompt_tokens").asInt()
                                + before
                                - attempt.path("cached_tokens").asInt()));
            }
        }
        return Optional.empty();
    }
}
