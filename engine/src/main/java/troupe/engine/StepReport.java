package troupe.engine;

import java.util.List;

/**
 * What a step did, for whoever listens.
 *
 * @param events in the order in which they happened
 * @param prefillTokens prompt tokens computed by the step
 * @param decodeTokens tokens computed for sequences past their prompt
 * @param durationNanos schedule to commit; 0 if events arose without a step
 */
public record StepReport(
        List<EngineEvent> events, EngineStats stats, int prefillTokens, int decodeTokens, long durationNanos) {
    public StepReport {
        events = List.copyOf(events);
    }
}
