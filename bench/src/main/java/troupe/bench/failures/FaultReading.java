package troupe.bench.failures;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import troupe.multinode.chaos.Answer;
import troupe.multinode.chaos.Gaps;
import troupe.multinode.chaos.InterTokenTimes;
import troupe.multinode.chaos.Outcome;

/**
 * What streams saw of one fault.
 *
 * @param gapsMillis of each stream that it hit
 * @param moves of those streams to other workers, as far as gateways tell
 * @param burst between the tokens of the other streams, from the fault until the last stream that it hit had moved again
 * @param after between the tokens of all streams from then on
 * @param lost streams without an answer
 * @param changed answers that are not the undisturbed ones
 */
record FaultReading(
        FaultKind kind,
        List<Double> gapsMillis,
        List<Move> moves,
        InterTokenTimes burst,
        InterTokenTimes after,
        int streams,
        int lost,
        int changed) {
    private static final double NANOS_PER_MILLI = 1e6;

    FaultReading {
        gapsMillis = List.copyOf(gapsMillis);
        moves = List.copyOf(moves);
    }

    /**
     * @param hit which streams the fault hit
     * @param expected the undisturbed answers by the names of their questions
     */
    static FaultReading of(
            FaultKind kind, StreamRun run, Predicate<Outcome> hit, List<Move> moves, Map<String, Answer> expected) {
        List<Double> gaps = new ArrayList<>();
        List<Outcome> others = new ArrayList<>();
        long recovered = run.faultNanos();
        for (Outcome outcome : run.outcomes()) {
            Optional<Gaps.Gap> gap = hit.test(outcome) ? Gaps.around(outcome, run.faultNanos()) : Optional.empty();
            if (gap.isPresent()) {
                gaps.add(gap.get().nanos() / NANOS_PER_MILLI);
                recovered = Math.max(recovered, gap.get().toNanos());
            } else {
                others.add(outcome);
            }
        }
        return new FaultReading(
                kind,
                gaps,
                moves,
                InterTokenTimes.between(others, run.faultNanos(), recovered),
                InterTokenTimes.between(run.outcomes(), recovered + 1, Long.MAX_VALUE),
                run.outcomes().size(),
                lost(run.outcomes()),
                changed(run.outcomes(), expected));
    }

    static int lost(List<Outcome> outcomes) {
        return (int)
                outcomes.stream().filter(outcome -> outcome.answer() == null).count();
    }

    static int changed(List<Outcome> outcomes, Map<String, Answer> expected) {
        return (int) outcomes.stream()
                .filter(outcome -> outcome.answer() != null
                        && !outcome.answer()
                                .equals(expected.get(outcome.question().name())))
                .count();
    }
}
