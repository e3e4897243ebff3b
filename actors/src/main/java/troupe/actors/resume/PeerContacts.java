package troupe.actors.resume;

import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which of the other gateways this one is in touch with: those that hear it, and that it hears. All are asked again and again;
 * what counts is when the latest question was sent that a gateway has answered. Plain bookkeeping; time that this process
 * stood still does not count, since answers may have come meanwhile.
 *
 * <pre>
 *   in touch --no question of the last while is answered--> silent
 *      ^--------------------an answer------------------------'
 * </pre>
 */
final class PeerContacts {
    /** Questions within the limit. */
    private static final int QUESTIONS = 4;

    /** Between two ticks, at most: what is more was no running. */
    private static final int TICKS_WITHIN_LIMIT = 10;

    private final long limitNanos;
    /** By gateway: when the latest question was sent that it has answered; or when it was first heard of. */
    private final Map<String, Long> answered = new TreeMap<>();

    private long ranNanos;
    private long lastTickNanos;
    private long lastAskedNanos;
    private boolean started;

    /** @param limitNanos without an answer, after which a gateway is silent */
    PeerContacts(long limitNanos) {
        this.limitNanos = limitNanos;
        lastAskedNanos = -limitNanos;
    }

    /** The other gateways of the cluster; a new one has as much time as any. */
    void gateways(Set<String> others) {
        answered.keySet().retainAll(others);
        others.forEach(gateway -> answered.putIfAbsent(gateway, ranNanos));
    }

    /** Time has passed; gives the question that is to be sent to all now, if it is time for one. */
    OptionalLong tick(long nowNanos) {
        if (started) {
            ranNanos += Math.min(nowNanos - lastTickNanos, limitNanos / TICKS_WITHIN_LIMIT);
        }
        started = true;
        lastTickNanos = nowNanos;
        if (ranNanos - lastAskedNanos < limitNanos / QUESTIONS) {
            return OptionalLong.empty();
        }
        lastAskedNanos = ranNanos;
        return OptionalLong.of(ranNanos);
    }

    /** A gateway has answered {@code question}. */
    void answered(String gateway, long question) {
        // What nobody has asked is no answer.
        if (question <= lastAskedNanos) {
            answered.computeIfPresent(gateway, (name, latest) -> Math.max(latest, question));
        }
    }

    boolean isInTouch(String gateway) {
        Long latest = answered.get(gateway);
        return latest != null && ranNanos - latest < limitNanos;
    }

    /** The gateways that this one is in touch with. */
    Set<String> inTouch() {
        Set<String> all = new HashSet<>(answered.keySet());
        all.removeIf(gateway -> !isInTouch(gateway));
        return all;
    }

    /**
     * Whether this gateway, and those that it is in touch with, are less than half of all: the rest of the cluster will go on
     * without it. Of two halves neither is cut off.
     */
    boolean isCutOff() {
        int here = inTouch().size() + 1;
        return 2 * here < answered.size() + 1;
    }
}
