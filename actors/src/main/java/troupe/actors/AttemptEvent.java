package troupe.actors;

import troupe.engine.EngineEvent;

/**
 * An engine's event on its way to its sequence.
 *
 * @param number counts the events of one attempt from 0, so that a loss is seen
 */
public record AttemptEvent(int number, EngineEvent event) {}
