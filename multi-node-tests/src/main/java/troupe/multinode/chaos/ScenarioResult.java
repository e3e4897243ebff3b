package troupe.multinode.chaos;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What clients saw of a scenario, and what was left afterwards.
 *
 * @param what happened, for people
 * @param requests that have ended
 * @param faults that were injected
 * @param lost requests without an answer
 * @param changed answers that are not the undisturbed ones, bit for bit
 * @param reconnections of clients that took their streams up again
 * @param begunAnew requests of which every copy had died
 * @param memoryBytes of all nodes, before and after
 * @param violations beside lost and changed: what hung, what was left
 * @param evidence a folder, where there is a violation
 * @param skipped why it was not played; then nothing else counts
 */
public record ScenarioResult(
        String name,
        String what,
        int requests,
        int faults,
        int lost,
        int changed,
        int reconnections,
        int begunAnew,
        Gaps gaps,
        Memory memoryBytes,
        List<String> violations,
        Optional<Path> evidence,
        Optional<String> skipped) {
    public ScenarioResult {
        violations = List.copyOf(violations);
    }

    /** Resident, bytes. */
    public record Memory(long before, long after) {}

    static ScenarioResult skipped(Scenario scenario, String why) {
        return unplayed(scenario, List.of(), Optional.of(why));
    }

    /** It could not begin. */
    static ScenarioResult failed(Scenario scenario, String violation) {
        return unplayed(scenario, List.of(violation), Optional.empty());
    }

    private static ScenarioResult unplayed(Scenario scenario, List<String> violations, Optional<String> skipped) {
        return new ScenarioResult(
                scenario.name(),
                scenario.what(),
                0,
                0,
                0,
                0,
                0,
                0,
                new Gaps(0, 0, 0, 0),
                new Memory(0, 0),
                violations,
                Optional.empty(),
                skipped);
    }

    /** Whether every client got exactly its answer and nothing was left behind. */
    public boolean isGood() {
        return lost == 0 && changed == 0 && violations.isEmpty();
    }
}
