package troupe.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import troupe.bench.peer.Peer;

/** What became of one figure of the comparison, or of a whole row. */
sealed interface Outcome {
    Row row();

    /** The row could not be measured. */
    record Failed(Row row, String reason) implements Outcome {}

    /**
     * Readings of one peer.
     *
     * @param isReference whether the target is a ratio to it
     */
    record OfPeer(String name, boolean isReference, Measurement measurement) {}

    static List<OfPeer> ofPeers(List<Peer> peers, Function<Peer, Measurement> readings) {
        return peers.stream()
                .map(peer -> new OfPeer(peer.name(), peer.isReference(), readings.apply(peer)))
                .toList();
    }

    /**
     * Readings of all sides.
     *
     * @param peers in the order of the report, at least one of them a reference
     * @param limit what the machine allows at most, where the row has such a limit
     * @param noisy readings of the row that were kept though other processes disturbed them
     */
    record Measured(
            Row row, Figure figure, Measurement ours, List<OfPeer> peers, Optional<Measurement> limit, int noisy)
            implements Outcome {
        /** Whoever reaches this share of the limit has met the row, whatever the peer does. */
        static final double ENOUGH_OF_LIMIT = 0.75;

        public Measured {
            peers = List.copyOf(peers);
        }

        /** The reference with the settings that are best for it. */
        Measurement reference() {
            return best(true).orElseThrow();
        }

        /** The best of the peers that are no reference. */
        Optional<Measurement> beside() {
            return best(false);
        }

        private Optional<Measurement> best(boolean isReference) {
            return peers.stream()
                    .filter(peer -> peer.isReference() == isReference)
                    .map(OfPeer::measurement)
                    .reduce(figure::better);
        }

        double timesBetter() {
            return figure.timesBetter(ours, reference());
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
