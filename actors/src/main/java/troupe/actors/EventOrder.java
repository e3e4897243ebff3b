package troupe.actors;

/** Which of an attempt's events, numbered from 0, is taken next, and what its worker is to be told of that. */
final class EventOrder {
    /** Events taken before they are acknowledged to the worker. */
    static final int ACKNOWLEDGE_EVERY = 16;

    /** How an event fits in. */
    enum Arrival {
        /** The one expected: it counts as taken. */
        NEXT,
        /** It was taken before. */
        REPEATED,
        /** Earlier ones are missing and are to be asked for, from {@link #next} on. */
        GAP,
        /** Earlier ones are missing and have been asked for. */
        KNOWN_GAP
    }

    private int next;
    private int acknowledged;
    private boolean gapAsked;

    Arrival arrive(int number) {
        if (number < next) {
            return Arrival.REPEATED;
        }
        if (number > next) {
            boolean known = gapAsked;
            gapAsked = true;
            return known ? Arrival.KNOWN_GAP : Arrival.GAP;
        }
        next++;
        gapAsked = false;
        return Arrival.NEXT;
    }

    /** The number of the event that is expected. */
    int next() {
        return next;
    }

    /** Whether the events before {@link #next} are to be acknowledged now; counts them as acknowledged then. */
    boolean takeAcknowledgement() {
        if (next - acknowledged < ACKNOWLEDGE_EVERY) {
            return false;
        }
        acknowledged = next;
        return true;
    }

    /** Time has passed: what was asked for may have been lost, so that a gap is asked for again. */
    void tick() {
        gapAsked = false;
    }
}
