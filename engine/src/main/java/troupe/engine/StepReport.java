package troupe.engine;

import java.util.List;
import troupe.engine.kv.KvChanges;

/**
 * What a step did, for whoever listens.
 *
 * @param events in the order in which they happened
 * @param prefillTokens prompt tokens computed by the step
 * @param decodeTokens tokens computed for sequences past their prompt
 * @param cache what changed in the prefix cache
 * @param durationNanos schedule to commit; 0 if events arose without a step
 */
public record StepReport(
        List<EngineEvent> events,
        EngineStats stats,
        int prefillTokens,
        int decodeTokens,
        KvChanges cache,
        long durationNanos) {
    public StepReport {
        events = List.copyOf(events);
    }
}
