package troupe.engine.cpu;

import java.util.BitSet;

/**
 * On which processors the engine's own thread runs while others use some, and on which a thread that pauses for them does.
 * What runs between kernels waits for the engine's thread, and no other can do it: beside somebody else's work it has half a
 * processor, and all have half of theirs. So where it waits for a processor, it leaves that to the others and to a thread
 * that pauses.
 *
 * <p>A move needs some samples in a row that show a wait, each time twice as many: two engines that move out of each other's
 * way at the same moment would do so for ever.
 */
final class CallerSeat {
    /** Part of a period that the thread may wait for a processor. */
    static final double MOST_WAIT = 0.1;

    /** Samples in a row before the first move. */
    static final int FIRST_PATIENCE = 2;

    private static final int MOST_PATIENCE = 256;
    private static final int NOWHERE = -1;

    private int left = NOWHERE;
    private int waits; // samples in a row
    private int patience = FIRST_PATIENCE;

    /**
     * Takes a sample in.
     *
     * @param others they use processors, so that a thread pauses
     * @param waited part of the period that the engine's thread waited for a processor
     * @param processor where it ran last
     * @return whether {@link #ofCaller} and {@link #ofPausing} have changed
     */
    boolean sample(boolean others, double waited, int processor) {
        int before = left;
        if (!others) {
            left = NOWHERE;
            waits = 0;
            patience = FIRST_PATIENCE;
            return before != left;
        }
        waits = waited > MOST_WAIT ? waits + 1 : 0;
        if (waits >= patience) {
            left = processor;
            waits = 0;
            patience = Math.min(2 * patience, MOST_PATIENCE);
        }
        return before != left;
    }

    /** Where the engine's thread runs during steps from now on. */
    BitSet ofCaller(BitSet allowed) {
        BitSet seats = (BitSet) allowed.clone();
        if (hasLeft(allowed)) {
            seats.clear(left);
        }
        return seats;
    }

    /** Where the thread that pauses runs from now on. */
    BitSet ofPausing(BitSet allowed) {
        BitSet seats = (BitSet) allowed.clone();
        if (hasLeft(allowed)) {
            seats.clear();
            seats.set(left);
        }
        return seats;
    }

    private boolean hasLeft(BitSet allowed) {
        return left != NOWHERE && allowed.get(left) && allowed.cardinality() > 1;
    }
}
