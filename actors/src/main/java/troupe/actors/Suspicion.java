package troupe.actors;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request brings the engines down that run it, judged by the causes of their deaths. No actors, no clock.
 *
 * <pre>
 *   CLEAR --a second death by a cause that counts--> SUSPECT --such a death while nothing ran beside it--> CONVICTED
 *     ^                                                 |
 *     '--it gets further, alone, than where it was lost-'
 * </pre>
 *
 * A loss is known at once, its cause mostly a moment later: from the supervisor that saw the process end. So the request
 * moves first, and the verdict follows. What would burn one engine after the other in the meantime is held back: a request
 * that is lost again before it got on waits for the causes, and longer with every further wave of losses.
 */
final class Suspicion {
    /** Deaths by causes that count, wherever in the output they fell. */
    static final int DEATHS_OF_A_SUSPECT = 2;

    /**
     * New tokens that a suspect gives before it is believed to have got past what killed its engines; they were seen to be
     * as far as the last message came. Twice as many each time, for one that kills every so often.
     */
    static final int CLEARING_TOKENS = 32;

    /** New tokens since the last loss after which the next one is not held against the request. */
    static final int PROGRESS_TOKENS = 16;

    static final Duration FIRST_HOLD = Duration.ofSeconds(2);
    static final Duration LONGEST_HOLD = Duration.ofMinutes(1);

    /** Losses whose causes may still come. */
    private static final int MOST_OPEN = 16;

    /** What follows from a loss or its cause. */
    enum Ruling {
        NONE,
        /** It has just become a suspect: it is to run alone. */
        SUSPECT,
        /** It brings engines down. */
        CONVICTED
    }

    private record Loss(WorkerId worker, boolean alone) {}

    private final Deque<Loss> open = new ArrayDeque<>();
    private int deaths;
    private boolean suspect;
    private int lossesInARow;
    /** Losses between which the request had been given another worker: a wave takes all its workers at once. */
    private int wavesInARow;

    private boolean placedSinceLoss = true;
    private int tokensAtLoss;
    private int clearingTokens;

    /** @param choices of the request: each gives tokens */
    Suspicion(int choices) {
        clearingTokens = CLEARING_TOKENS * choices;
    }

    boolean isSuspect() {
        return suspect;
    }

    /**
     * The worker is gone, with what it had of the request.
     *
     * @param cause null where it is not known yet
     * @param alone nothing else ran there
     * @param tokens of the output so far
     */
    Ruling lost(WorkerId worker, @Nullable DeathCause cause, boolean alone, int tokens) {
        if (cause == DeathCause.HANDED_OVER) {
            return Ruling.NONE;
        }
        if (tokens - tokensAtLoss >= PROGRESS_TOKENS) {
            lossesInARow = 0;
            wavesInARow = 0;
            placedSinceLoss = true;
        }
        lossesInARow++;
        wavesInARow += placedSinceLoss ? 1 : 0;
        placedSinceLoss = false;
        tokensAtLoss = tokens;
        if (cause != null) {
            return judge(cause, alone, tokens);
        }
        open.add(new Loss(worker, alone));
        if (open.size() > MOST_OPEN) {
            open.remove();
        }
        return Ruling.NONE;
    }

    /**
     * It turned out why a worker is gone; nothing follows if the request has lost nothing there.
     *
     * @param sole no other worker was in its process
     */
    Ruling verdict(WorkerId worker, DeathCause cause, boolean sole, int tokens) {
        for (Loss loss : open) {
            if (loss.worker().equals(worker)) {
                open.remove(loss);
                return judge(cause, loss.alone() && sole, tokens);
            }
        }
        return Ruling.NONE;
    }

    /** The worker may have taken in others since it was lost, if it lives: its end convicts nobody any more. */
    void released(WorkerId worker) {
        if (open.removeIf(loss -> loss.worker().equals(worker))) {
            open.add(new Loss(worker, false));
        }
    }

    private Ruling judge(DeathCause cause, boolean alone, int tokens) {
        if (!cause.isSuspicious()) {
            return Ruling.NONE;
        }
        deaths++;
        if (suspect) {
            return alone ? Ruling.CONVICTED : Ruling.NONE;
        }
        // The cause may be known so late that the request has got past the place meanwhile.
        suspect = deaths >= DEATHS_OF_A_SUSPECT && tokens - tokensAtLoss < clearingTokens;
        return suspect ? Ruling.SUSPECT : Ruling.NONE;
    }

    /** The output is so long now; whether that clears a suspect. */
    boolean progressed(int tokens) {
        if (!suspect || tokens - tokensAtLoss < clearingTokens) {
            return false;
        }
        suspect = false;
        deaths = 0;
        open.clear();
        clearingTokens *= 2;
        return true;
    }

    /** The request has another worker. */
    void placed() {
        placedSinceLoss = true;
    }

    /** How long the next attempt waits after a loss, unless {@link #isHoldOver} before. */
    Duration hold() {
        boolean waits = lossesInARow > 1 || suspect;
        if (!waits || (wavesInARow <= 2 && !suspect && open.isEmpty())) {
            return Duration.ZERO;
        }
        int doublings = Math.clamp(wavesInARow - 2, 0, 16);
        Duration hold = FIRST_HOLD.multipliedBy(1L << doublings);
        return hold.compareTo(LONGEST_HOLD) > 0 ? LONGEST_HOLD : hold;
    }

    /** Whether all that a hold waited for is known. */
    boolean isHoldOver() {
        return open.isEmpty() && wavesInARow <= 2;
    }
}
