package troupe.bench;

import java.util.Optional;

/**
 * One number of a comparison.
 *
 * @param target empty where the figure is only shown
 */
record Figure(String title, Unit unit, Optional<Target> target) {
    enum Unit {
        TOKENS_PER_SECOND("tokens/s", true),
        MILLISECONDS("ms", false);

        private final String symbol;
        private final boolean greaterIsBetter;

        Unit(String symbol, boolean greaterIsBetter) {
            this.symbol = symbol;
            this.greaterIsBetter = greaterIsBetter;
        }

        String symbol() {
            return symbol;
        }
    }

    /** The better one of two measurements. */
    Measurement better(Measurement a, Measurement b) {
        return (a.median() >= b.median()) == unit.greaterIsBetter ? a : b;
    }

    /** How many times better {@code ours} is than {@code theirs}: the median over neighbouring readings. */
    double timesBetter(Measurement ours, Measurement theirs) {
        return unit.greaterIsBetter ? ours.medianRatioTo(theirs) : theirs.medianRatioTo(ours);
    }
}
