package troupe.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import troupe.bench.probe.CpuTime;

/**
 * Takes readings of several sides in turn, so that what changes slowly (heat, neighbours) touches all alike. A reading
 * during which other processes took more than {@value #FOREIGN_SHARE} of the machine is taken again.
 */
final class Interleaving {
    static final double FOREIGN_SHARE = 0.03;

    /** Takes one reading of all figures of a side. */
    interface Side {
        Map<Figure, Double> read() throws IOException, InterruptedException;
    }

    /** Where the processors' time went so far. */
    interface CpuClock {
        Optional<CpuTime> now() throws IOException;
    }

    /**
     * What was read.
     *
     * @param sides by name, in the order given
     * @param noisy readings that were kept though others used the machine: their repeats were busy too
     */
    record Readings(Map<String, Map<Figure, Measurement>> sides, int noisy) {
        Measurement of(String side, Figure figure) {
            Measurement measurement = sides.getOrDefault(side, Map.of()).get(figure);
            if (measurement == null) {
                throw new IllegalArgumentException("no readings of " + side + " for " + figure.title());
            }
            return measurement;
        }
    }

    private final int repeats;
    private final int patience;
    private final CpuClock clock;
    private int noisy;

    /**
     * @param repeats readings of each side, at least 1
     * @param patience how often a disturbed reading is taken again at most
     */
    Interleaving(int repeats, int patience, CpuClock clock) {
        this.repeats = repeats;
        this.patience = patience;
        this.clock = clock;
    }

    /** Reads all sides, in turn and every second time in the opposite order. */
    Readings run(String title, Map<String, Side> sides) throws IOException, InterruptedException {
        noisy = 0;
        Map<String, Map<Figure, List<Double>>> values = new LinkedHashMap<>();
        List<Map.Entry<String, Side>> order = new ArrayList<>(sides.entrySet());
        order.forEach(side -> values.put(side.getKey(), new LinkedHashMap<>()));
        for (int i = 0; i < repeats; i++) {
            for (Map.Entry<String, Side> side : i % 2 == 0 ? order : order.reversed()) {
                String name = side.getKey();
                Map<Figure, Double> reading = undisturbed(title + ", " + name, side.getValue());
                Map<Figure, List<Double>> own = values.computeIfAbsent(name, _ -> new LinkedHashMap<>());
                reading.forEach((figure, value) ->
                        own.computeIfAbsent(figure, _ -> new ArrayList<>()).add(value));
                System.err.printf(Locale.ROOT, "%s %d/%d: %s %s%n", title, i + 1, repeats, name, shown(reading));
            }
        }
        Map<String, Map<Figure, Measurement>> measured = new LinkedHashMap<>();
        values.forEach((name, byFigure) -> {
            Map<Figure, Measurement> measurements = new LinkedHashMap<>();
            byFigure.forEach((figure, list) -> measurements.put(figure, new Measurement(list)));
            measured.put(name, measurements);
        });
        return new Readings(measured, noisy);
    }

    private Map<Figure, Double> undisturbed(String what, Side side) throws IOException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            Optional<CpuTime> before = clock.now();
            Map<Figure, Double> reading = side.read();
            Optional<CpuTime> after = clock.now();
            double foreign =
                    before.isPresent() && after.isPresent() ? after.get().foreignShareSince(before.get()) : 0;
            if (foreign <= FOREIGN_SHARE) {
                return reading;
            }
            boolean again = attempt < patience;
            System.err.printf(
                    Locale.ROOT,
                    "%s: other processes took %.0f%% of the machine; %s%n",
                    what,
                    100 * foreign,
                    again ? "reading again" : "kept");
            if (!again) {
                noisy++;
                return reading;
            }
        }
    }

    private static String shown(Map<Figure, Double> reading) {
        List<String> texts = new ArrayList<>();
        reading.forEach((figure, value) -> texts.add(
                String.format(Locale.ROOT, "%.1f %s", value, figure.unit().symbol())));
        return String.join(", ", texts);
    }
}
