package troupe.actors;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Requests that are known to bring engines down, by their fingerprints: refused at once for a while. At the limit the
 * oldest is forgotten. Safe for use by several threads at once.
 */
public final class Convictions {
    /** Kept at most. */
    public static final int MOST = 1_024;

    /**
     * A request that was found to bring engines down.
     *
     * @param fingerprint equal for equal requests
     * @param request the id of the one that was found, for the log
     */
    public record Conviction(String fingerprint, String model, String request) {}

    private final long keptNanos;
    private final LongSupplier nanoClock;
    private final Consumer<Conviction> news;
    /** When each was told of last, nanos, the latest at the end. */
    private final Map<String, Long> known = new LinkedHashMap<>();

    /** @param news hears of those that are found here, so that the other gateways can be told */
    public Convictions(Duration kept, LongSupplier nanoClock, Consumer<Conviction> news) {
        this.keptNanos = kept.toNanos();
        this.nanoClock = nanoClock;
        this.news = news;
    }

    /** Found on this node. */
    void found(Conviction conviction) {
        learn(conviction.fingerprint());
        news.accept(conviction);
    }

    /** Found here or elsewhere. */
    public synchronized void learn(String fingerprint) {
        known.remove(fingerprint);
        known.put(fingerprint, nanoClock.getAsLong());
        if (known.size() > MOST) {
            known.remove(known.keySet().iterator().next());
        }
    }

    /** Whether there is none, as almost always: no request's fingerprint need be taken then. */
    synchronized boolean isEmpty() {
        return known.isEmpty();
    }

    /** Whether the request is to be refused. */
    public synchronized boolean has(String fingerprint) {
        Long since = known.get(fingerprint);
        return since != null && nanoClock.getAsLong() - since < keptNanos;
    }
}
