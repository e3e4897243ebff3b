package troupe.multinode.chaos;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request.
 *
 * @param requestId as the gateway names it; empty where no event came
 * @param beginNanos when it was sent, and endNanos: when its answer or its failure was there
 * @param eventNanos when each event came; none where the answer comes in one piece
 * @param failure why there is no answer
 * @param reconnections beyond the first connection
 * @param begunAnew how often every copy of it had died
 */
public record Outcome(
        Question question,
        String requestId,
        long beginNanos,
        List<Long> eventNanos,
        long endNanos,
        @Nullable Answer answer,
        @Nullable Exception failure,
        int reconnections,
        int begunAnew) {
    public Outcome {
        eventNanos = List.copyOf(eventNanos);
    }
}
