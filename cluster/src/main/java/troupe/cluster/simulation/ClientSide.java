package troupe.cluster.simulation;

/**
 * Counts what clients see of the requests that are sent within a window; one per run. Times are nanoseconds of one clock.
 * Not safe for several threads at once.
 */
public final class ClientSide {
    private final Window window;
    private final long beginNanos;
    private final Samples firstTokens = new Samples();
    private final Samples gaps = new Samples();
    private int requests;
    private long promptTokens;
    private long cachedTokens;
    private long outputTokens;
    private long firstNanos = Long.MAX_VALUE;
    private long lastNanos = Long.MIN_VALUE;

    /** One request, from being sent to its end. */
    public final class Stream {
        private final long sentNanos;
        private final boolean counts;
        private long lastTokenNanos;
        private int tokens;

        private Stream(long sentNanos) {
            this.sentNanos = sentNanos;
            counts = window.counts(sentNanos - beginNanos);
        }

        /** Some tokens have arrived together. */
        public void tokens(int count, long nowNanos) {
            if (counts) {
                if (tokens == 0) {
                    firstTokens.add(nowNanos - sentNanos);
                } else {
                    gaps.add(nowNanos - lastTokenNanos);
                }
            }
            tokens += count;
            lastTokenNanos = nowNanos;
        }

        /**
         * The answer is complete.
         *
         * @throws IllegalStateException if it has another number of tokens than {@code expected}
         */
        public void end(int prompt, int cached, int expected) {
            if (tokens != expected) {
                throw new IllegalStateException("an answer has " + tokens + " tokens, " + expected + " were asked for");
            }
            if (!counts) {
                return;
            }
            requests++;
            promptTokens += prompt;
            cachedTokens += cached;
            outputTokens += tokens;
            firstNanos = Math.min(firstNanos, sentNanos);
            lastNanos = Math.max(lastNanos, lastTokenNanos);
        }
    }

    /** @param beginNanos of the run, by the clock of all other times */
    public ClientSide(Window window, long beginNanos) {
        this.window = window;
        this.beginNanos = beginNanos;
    }

    /** A request is sent. */
    public Stream open(long nowNanos) {
        return new Stream(nowNanos);
    }

    /** Whether requests are still sent. */
    public boolean isOpen(long nowNanos) {
        return window.isOpen(nowNanos - beginNanos);
    }

    /** Of the requests that have ended. */
    public RoutingFigures figures() {
        return new RoutingFigures(
                requests,
                promptTokens,
                cachedTokens,
                outputTokens,
                requests == 0 ? 0 : (lastNanos - firstNanos) / 1e9,
                firstTokens.percentile(50),
                firstTokens.percentile(90),
                firstTokens.percentile(99),
                gaps.percentile(99));
    }
}
