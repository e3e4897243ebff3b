package troupe.cluster.simulation;

/**
 * When requests of a run are counted, nanoseconds since its beginning. Those sent before it warm the caches up and are
 * answered all the same; at its end no more are sent, so that the load is the same for all that count.
 *
 * @param fromNanos of the first that count
 * @param toNanos the first moment at which none is sent any more
 */
public record Window(long fromNanos, long toNanos) {
    /** All requests of a workload. */
    public static final Window ALL = new Window(0, Long.MAX_VALUE);

    public Window {
        if (fromNanos < 0 || toNanos <= fromNanos) {
            throw new IllegalArgumentException(
                    "a window from " + fromNanos + " to " + toNanos + " ns: at least 0 and some time are required");
        }
    }

    /** Whether requests are still sent. */
    boolean isOpen(long nanos) {
        return nanos < toNanos;
    }

    boolean counts(long nanos) {
        return nanos >= fromNanos && isOpen(nanos);
    }
}
