package troupe.bench;

import java.util.Arrays;
import java.util.List;

/**
 * Repeated readings of one figure.
 *
 * @param values in the order in which they were taken, at least one
 */
public record Measurement(List<Double> values) {
    public Measurement {
        values = List.copyOf(values);
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a measurement needs at least one value");
        }
    }

    public double median() {
        double[] sorted = sorted();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    public double least() {
        return sorted()[0];
    }

    public double greatest() {
        return sorted()[values.size() - 1];
    }

    /** The median of the ratios of readings taken next to each other. */
    public double medianRatioTo(Measurement other) {
        List<Double> ratios = new java.util.ArrayList<>();
        for (int i = 0; i < Math.min(values.size(), other.values.size()); i++) {
            ratios.add(values.get(i) / other.values.get(i));
        }
        return new Measurement(ratios).median();
    }

    private double[] sorted() {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted;
    }
}
