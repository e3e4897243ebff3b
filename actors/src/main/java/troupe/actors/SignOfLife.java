package troupe.actors;

import java.time.Duration;

/**
 * To a listener of a resumable request: it is known where nothing is to be said of it.
 *
 * @param sent events that the listener was sent; one that has had fewer has lost the last ones. 0 also where that is not told
 */
public record SignOfLife(String sequence, long sent) implements ListenerMessage {
    /** How often a sequence says so, at least, to its listener. */
    public static final Duration INTERVAL = Duration.ofSeconds(1);

    /** A listener that has heard nothing for this long, once it has heard something, will hear nothing more. */
    public static final Duration LIMIT = INTERVAL.multipliedBy(3);
}
