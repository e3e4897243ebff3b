package troupe.bench.load;

import java.util.List;

/**
 * When the parts of one streamed answer arrived.
 *
 * @param sentNanos when the request was sent
 * @param textNanos when each chunk with text arrived, at least one
 * @param completionTokens by the server's count
 */
record StreamTimes(long sentNanos, List<Long> textNanos, int completionTokens) {
    StreamTimes {
        textNanos = List.copyOf(textNanos);
    }
}
