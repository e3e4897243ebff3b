package troupe.bench.failures;

import java.util.List;

/** Of values that are in ascending order. */
final class Percentiles {
    private Percentiles() {}

    /** The least value that {@code percent} of all do not exceed; 0 where there are none. */
    static double of(List<Double> ascending, double percent) {
        return ascending.isEmpty()
                ? 0
                : ascending.get(Math.max(0, (int) Math.ceil(percent / 100 * ascending.size()) - 1));
    }
}
