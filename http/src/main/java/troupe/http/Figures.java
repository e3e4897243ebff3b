package troupe.http;

import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How this gateway's requests fare, over the last minutes: what Prometheus would need a query for. Thread-safe; times are
 * passed in.
 */
final class Figures {
    /** Of the rate that is shown as one number. */
    static final int RATE_SECONDS = 10;

    private static final int MINUTE_SECONDS = 60;

    /**
     * @param outputTokensPerSecond over the last {@link #RATE_SECONDS}
     * @param outputTokens of each of the last {@link TokenRate#SECONDS} seconds, oldest first
     * @param timeToFirstToken over the last minute, and interTokenLatency
     * @param timeToFirstTokens of each of the last {@link LatencyWindow#SLOTS} slots, and interTokenLatencies
     * @param promptTokens of the last minute's requests, and cachedTokens: of them, found in a prefix cache
     */
    record Snapshot(
            double outputTokensPerSecond,
            List<Long> outputTokens,
            LatencyWindow.Percentiles timeToFirstToken,
            LatencyWindow.Percentiles interTokenLatency,
            List<LatencyWindow.@Nullable Percentiles> timeToFirstTokens,
            List<LatencyWindow.@Nullable Percentiles> interTokenLatencies,
            long promptTokens,
            long cachedTokens) {}

    private final TokenRate output = new TokenRate();
    private final TokenRate prompts = new TokenRate();
    private final TokenRate cached = new TokenRate();
    private final LatencyWindow timeToFirstToken = new LatencyWindow();
    private final LatencyWindow interTokenLatency = new LatencyWindow();

    void prompt(int tokens, long nowNanos) {
        prompts.add(tokens, nowNanos);
    }

    /** Of a prompt's tokens, so many were found in a prefix cache. */
    void cached(int tokens, long nowNanos) {
        cached.add(tokens, nowNanos);
    }

    void output(int tokens, long nowNanos) {
        output.add(tokens, nowNanos);
    }

    void timeToFirstToken(long nanos, long nowNanos) {
        timeToFirstToken.record(nanos, 1, nowNanos);
    }

    /** {@code times} tokens came {@code nanos} apart. */
    void interTokenLatency(long nanos, int times, long nowNanos) {
        interTokenLatency.record(nanos, times, nowNanos);
    }

    Snapshot snapshot(long nowNanos) {
        return new Snapshot(
                output.perSecond(RATE_SECONDS, nowNanos),
                LongStream.of(output.last(TokenRate.SECONDS, nowNanos)).boxed().toList(),
                timeToFirstToken.lastMinute(nowNanos),
                interTokenLatency.lastMinute(nowNanos),
                timeToFirstToken.series(nowNanos),
                interTokenLatency.series(nowNanos),
                sum(prompts, nowNanos),
                sum(cached, nowNanos));
    }

    private static long sum(TokenRate rate, long nowNanos) {
        long sum = 0;
        for (long count : rate.last(MINUTE_SECONDS, nowNanos)) {
            sum += count;
        }
        return sum;
    }
}
