package troupe.actors;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import troupe.engine.EngineEvent;

/**
 * An engine's event on its way to its sequence.
 *
 * @param number counts the events of one attempt from 0, so that a loss is seen
 */
public record AttemptEvent(int number, EngineEvent event) {
    /** The events of each sequence, in their order. */
    public static Map<String, List<AttemptEvent>> bySequence(List<AttemptEvent> events) {
        Map<String, List<AttemptEvent>> bySequence = new LinkedHashMap<>();
        for (AttemptEvent event : events) {
            bySequence
                    .computeIfAbsent(event.event().key().sequence(), ignored -> new ArrayList<>())
                    .add(event);
        }
        return bySequence;
    }
}
