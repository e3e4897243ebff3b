package troupe.actors;

import java.time.Duration;

/**
 * To a listener of a resumable request: it is known where nothing is to be said of it.
 *
 * @param sent events that the listener was sent; one that has had fewer has lost the last ones. 0 also where that is not told
 */
public record SignOfLife(String sequence, long sent) implements ListenerMessage {
    /** The request is one that was known before, and its sequence hears of this listener next. */
    static final SignOfLife FOUND = new SignOfLife("", 0);

    /** How often a sequence says so, at least, to its listener. */
    public static final Duration INTERVAL = Duration.ofMillis(500);

    /** A listener that has heard nothing for this long, once it has heard something, will hear nothing more. */
    public static final Duration LIMIT = INTERVAL.multipliedBy(3);

    /** Whether it says that the request was known before. */
    public boolean meansFound() {
        return sequence.isEmpty();
    }
}
