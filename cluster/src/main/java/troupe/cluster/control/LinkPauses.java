package troupe.cluster.control;

import java.time.Duration;
import java.util.Optional;

/** When a connection that has ended is opened again. No clock: how long it lasted is passed in. */
final class LinkPauses {
    static final Duration FIRST = Duration.ofMillis(500);
    static final Duration LONGEST = Duration.ofSeconds(30);
    /** A connection that lasted as long is forgiven what came before. */
    static final Duration STABLE = Duration.ofMinutes(1);
    /** Connections in a row that did not last, or were not made, after which the other side is taken for gone. */
    static final int MOST_TRIES = 8;

    private Duration next = FIRST;
    private int tries;

    /** A connection has ended, or was not made; gives the pause before the next, or nothing: it is not worth another. */
    Optional<Duration> ended(Duration lasted) {
        if (lasted.compareTo(STABLE) >= 0) {
            next = FIRST;
            tries = 0;
        }
        if (++tries >= MOST_TRIES) {
            return Optional.empty();
        }
        Duration pause = next;
        Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
        return Optional.of(pause);
    }
}
