package troupe.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** What became of one figure of the comparison, or of a whole row. */
sealed interface Outcome {
    Row row();

    /** The row could not be measured. */
    record Failed(Row row, String reason) implements Outcome {}

    /**
     * Readings of all sides.
     *
     * @param peers by their settings, at least one; the better one counts
     * @param limit what the machine allows at most, where the row has such a limit
     * @param noisy readings of the row that were kept though other processes disturbed them
     */
    record Measured(
            Row row,
            Figure figure,
            Measurement ours,
            Map<String, Measurement> peers,
            Optional<Measurement> limit,
            int noisy)
            implements Outcome {
        /** Whoever reaches this share of the limit has met the row, whatever the peer does. */
        static final double ENOUGH_OF_LIMIT = 0.75;

        public Measured {
            peers = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(peers));
        }

        /** The peer with the settings that are best for it. */
        Measurement best() {
            return peers.values().stream().reduce(figure::better).orElseThrow();
        }

        double timesBetter() {
            return figure.timesBetter(ours, best());
        }

        OptionalDouble shareOfLimit() {
            return limit.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(ours.medianRatioTo(limit.get()));
        }

        /** Whether the target is met by its ratio or by the share of the limit; empty where there is no target. */
        Optional<Boolean> met(ProcessorKind kind) {
            return figure.target()
                    .map(target ->
                            timesBetter() >= target.on(kind) || shareOfLimit().orElse(0) >= ENOUGH_OF_LIMIT);
        }
    }
}
