package troupe.engine;

/**
 * How long an engine's steps take, as measured by itself: a step of {@code p} prompt tokens and {@code d} sequences
 * decoding takes about {@code stepSeconds + p * prefillTokenSeconds + d * decodeTokenSeconds}.
 *
 * @param stepSeconds what a step takes however little it does: the weights are read once
 * @param prefillTokenSeconds for each prompt token more
 * @param decodeTokenSeconds for each decoding sequence more
 */
public record EngineSpeed(double stepSeconds, double prefillTokenSeconds, double decodeTokenSeconds) {
    public EngineSpeed {
        require("stepSeconds", stepSeconds);
        require("prefillTokenSeconds", prefillTokenSeconds);
        require("decodeTokenSeconds", decodeTokenSeconds);
    }

    private static void require(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be a number of at least 0");
        }
    }

    /** Seconds that a step takes. */
    public double seconds(long prefillTokens, int decoding) {
        return stepSeconds + prefillTokens * prefillTokenSeconds + decoding * decodeTokenSeconds;
    }
}
