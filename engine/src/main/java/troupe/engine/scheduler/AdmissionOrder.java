package troupe.engine.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * In which order waiting sequences come into the batch: the most important first, but that sequences which go on with an
 * answer and came together, as those of a lost worker do, change places among themselves: the one with the least to
 * prefill goes first. Their clients have read a part and wait for more: shortest job first makes these pauses the shortest
 * on average, and the longest one no longer. Whoever begins keeps its place.
 *
 * <p>Nobody is passed by what came a second later, so the longest one does not starve however many workers are lost.
 */
final class AdmissionOrder {
    /** Between the arrivals of sequences that came together, nanoseconds. */
    static final long TOGETHER_NANOS = 1_000_000_000;

    private static final Comparator<Sequence> SHORTEST_FIRST = Comparator.comparingInt(s -> s.tokensToPrefill);

    private AdmissionOrder() {}

    /** @param waiting by importance */
    static List<Sequence> of(Collection<Sequence> waiting) {
        List<Sequence> order = new ArrayList<>(waiting);
        int begin = 0;
        while (begin < order.size()) {
            int end = begin + 1;
            while (end < order.size() && cameTogether(order.get(begin), order.get(end))) {
                end++;
            }
            if (end - begin > 1) {
                // Stable, so that of two as long the one that came first is first.
                order.subList(begin, end).sort(SHORTEST_FIRST);
            }
            begin = end;
        }
        return order;
    }

    private static boolean cameTogether(Sequence first, Sequence other) {
        return goesOn(first)
                && goesOn(other)
                && first.request.priority() == other.request.priority()
                && other.arrivalNanos - first.arrivalNanos <= TOGETHER_NANOS;
    }

    /** Whether earlier attempts, elsewhere or at another time, have generated a part of the answer. */
    private static boolean goesOn(Sequence sequence) {
        return sequence.request.output().size() > 0;
    }
}
