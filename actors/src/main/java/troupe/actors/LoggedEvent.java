package troupe.actors;

/**
 * An event of a resumable request on its way to a listener, which may be at another gateway.
 *
 * @param attachment counts the request's listeners; named by {@link Sequence.Read}
 * @param number counts the events that this listener was sent, from 0, so that a loss is seen
 */
public record LoggedEvent(int attachment, long number, SequenceEvent event) implements ListenerMessage {}
