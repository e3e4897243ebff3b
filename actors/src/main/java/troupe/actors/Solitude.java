package troupe.actors;

import org.jspecify.annotations.Nullable;

/**
 * Keeps an engine for one suspect: nothing else is taken in as long as it holds the engine. Plain bookkeeping.
 *
 * <pre>
 *   FREE --reserve, idle--> HELD (by one sequence) --release, or its owner ends--> FREE
 *     '----reserve with a claim, busy--> HELD, and granted once what runs has ended
 * </pre>
 */
public final class Solitude {
    private @Nullable String holder;

    /**
     * A sequence wants the engine for itself.
     *
     * @param claim to take in nothing more from now on, even if the engine is not idle yet
     * @param idle the engine has nothing, but what is this sequence's
     * @return whether it has the engine for itself
     */
    public boolean reserve(String sequence, boolean claim, boolean idle) {
        if (holder == null && (claim || idle)) {
            holder = sequence;
        }
        return idle && sequence.equals(holder);
    }

    /** Whether an attempt of the sequence may be taken in. */
    public boolean admits(String sequence) {
        return holder == null || holder.equals(sequence);
    }

    /** Whether the engine is kept for the sequence. */
    public boolean holds(String sequence) {
        return sequence.equals(holder);
    }

    /** The sequence needs the engine for itself no more, if it ever did. */
    public void release(String sequence) {
        if (sequence.equals(holder)) {
            holder = null;
        }
    }

    /** The engine is another one now. */
    public void clear() {
        holder = null;
    }
}
