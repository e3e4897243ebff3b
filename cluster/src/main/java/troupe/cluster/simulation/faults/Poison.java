package troupe.cluster.simulation.faults;

import java.util.List;
import java.util.function.Predicate;
import troupe.actors.DeathCause;
import troupe.engine.EngineEvent;

/**
 * What brings down each engine that computes it.
 *
 * @param token of a choice's output, by number, whose step does not end
 * @param cause of the death: {@link DeathCause#ENGINE_FAILURE} leaves the process, anything else ends it
 */
record Poison(int token, DeathCause cause) {
    /** Whether a step that brought these events computed that token of a sequence of the request. */
    boolean isIn(List<EngineEvent> events, Predicate<String> isIts) {
        for (EngineEvent event : events) {
            if (event instanceof EngineEvent.Tokens tokens
                    && isIts.test(tokens.key().sequence())
                    && tokens.firstIndex() + tokens.tokens().size() > token) {
                return true;
            }
        }
        return false;
    }
}
