package troupe.actors;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;

/**
 * One choice of a request: its output so far, and the attempt that goes on with it.
 *
 * <pre>
 *   SELECTING --worker chosen--> SUBMITTED --admitted, or an event--> RUNNING --finished, or a stop string--> DONE
 *       ^                          |    |                                |
 *       |                          |    +--full--> (another worker), closed--> WAITING --retry--> SELECTING
 *       +---worker lost or silent--+-------------------------------------+
 * </pre>
 *
 * A suspect's choice goes from SELECTING to RESERVING, and is submitted once the worker has nothing else.
 *
 * What is to be done goes into the list of effects that the choices of a request share.
 */
final class ChoiceState {
    /** Ticks after which an unanswered submission is given up, and a worker that sends nothing is asked why. */
    private static final int PATIENCE_TICKS = 4;

    private static final Duration RETRY_DELAY = Duration.ofMillis(50);

    enum Phase {
        /** Waits for a worker. */
        SELECTING,
        /** Waits until its worker has nothing else. */
        RESERVING,
        /** Sent to a worker that has not answered. */
        SUBMITTED,
        /** A worker has it. */
        RUNNING,
        /** Every worker is full, the chosen one has closed, or attempts were lost too fast; waits. */
        WAITING,
        DONE
    }

    private final AttemptKey first;
    private final TokenIds prompt;
    private final ChoiceOutput output;
    private final List<SequenceEffect> effects;
    /** Workers that have refused the attempt. */
    private final Set<WorkerId> avoid = new HashSet<>();

    private Phase phase = Phase.SELECTING;
    private int attempt;
    private @Nullable WorkerId worker;
    /** Why the worker has the current attempt. */
    private WorkerSelector.@Nullable Selection selection;

    private EventOrder order = new EventOrder();
    /** Ticks of the clock since the attempt was submitted, or its worker said something of it, or was asked to. */
    private int ticksUnanswered;
    /** Whether its worker takes in nothing new meanwhile; where no other worker is, it is asked again once it is idle. */
    private boolean claim;
    /** Whether the attempt was submitted to a worker that had nothing else. */
    private boolean alone;
    /** Whether a worker that would have room is kept for another request. */
    private boolean keptOut;

    /** @param first the key of the choice's first attempt */
    ChoiceState(AttemptKey first, TokenIds prompt, ChoiceOutput output, List<SequenceEffect> effects) {
        this.first = first;
        this.prompt = prompt;
        this.output = output;
        this.effects = effects;
        attempt = first.attempt();
    }

    ChoiceOutput output() {
        return output;
    }

    Phase phase() {
        return phase;
    }

    boolean isDone() {
        return phase == Phase.DONE;
    }

    boolean isOn(WorkerId which) {
        return which.equals(worker);
    }

    boolean isAlone() {
        return alone;
    }

    boolean isKeptOut() {
        return keptOut;
    }

    /** The current attempt. */
    AttemptKey key() {
        return new AttemptKey(first.sequence(), first.epoch(), attempt, first.choice());
    }

    /**
     * Asks for a worker.
     *
     * @param numericsId that of the choices that have one, or null
     * @param isolated for itself
     */
    void select(@Nullable String numericsId, boolean isolated) {
        int promptSize = prompt.size();
        int[] tokens = new int[promptSize + output.size()];
        prompt.copyTo(tokens, 0);
        output.tokens().copyTo(tokens, promptSize);
        phase = Phase.SELECTING;
        effects.add(new SequenceEffect.Select(key(), TokenIds.of(tokens), numericsId, Set.copyOf(avoid), isolated));
    }

    /** Asks the chosen worker for itself. */
    void reserve(WorkerSelector.Selection chosen, boolean claims) {
        selection = chosen;
        worker = chosen.worker();
        claim = claims;
        ticksUnanswered = 0;
        reserve();
    }

    private void reserve() {
        phase = Phase.RESERVING;
        if (worker != null) {
            effects.add(new SequenceEffect.Reserve(worker, key(), claim));
        }
    }

    /** Its worker has answered. */
    void reserved(boolean granted) {
        WorkerSelector.Selection chosen = selection;
        ticksUnanswered = 0;
        if (granted && chosen != null) {
            submit(chosen);
            alone = true;
        } else {
            retryAfter(RETRY_DELAY);
        }
    }

    /** The wait of {@link Phase#RESERVING} is over. */
    void reserveAgain() {
        reserve();
    }

    void submit(WorkerSelector.Selection chosen) {
        phase = Phase.SUBMITTED;
        selection = chosen;
        worker = chosen.worker();
        ticksUnanswered = 0;
        effects.add(new SequenceEffect.Submit(chosen.worker(), key(), output.tokens()));
    }

    /** Its worker has no room, or is kept for another request: the next attempt goes elsewhere. */
    void refused(boolean reserved) {
        if (worker != null) {
            avoid.add(worker);
        }
        keptOut |= reserved;
        supersede();
    }

    /** Its worker has closed: the next attempt waits a little. */
    void turnedAway() {
        supersede();
        await(RETRY_DELAY);
    }

    /** Every worker has refused the attempt: it waits a little, then asks all of them again. */
    void exhausted() {
        avoid.clear();
        keptOut = false;
        await(RETRY_DELAY);
    }

    /** The next attempt waits, this long if nothing ends it before. */
    void await(Duration delay) {
        phase = Phase.WAITING;
        retryAfter(delay);
    }

    void admitted() {
        phase = Phase.RUNNING;
        ticksUnanswered = 0;
        avoid.clear();
        keptOut = false;
    }

    /** Where the current attempt went, and why. */
    Optional<SequenceEvent.Routed> route() {
        return Optional.ofNullable(selection)
                .map(chosen -> new SequenceEvent.Routed(first.sequence(), first.choice(), attempt, chosen));
    }

    /** Takes an event of the current attempt if it is the next one; asks the worker for what is missing otherwise. */
    boolean takes(AttemptEvent event) {
        ticksUnanswered = 0;
        return switch (order.arrive(event.number())) {
            case NEXT -> true;
            case REPEATED, KNOWN_GAP -> false;
            case GAP -> {
                askAgain();
                yield false;
            }
        };
    }

    private void askAgain() {
        if (worker != null) {
            effects.add(new SequenceEffect.Resend(worker, key(), order.next()));
        }
    }

    /** Acknowledges what has been taken so far, every so often. */
    void acknowledge() {
        if (worker != null && !isDone() && order.takeAcknowledgement()) {
            effects.add(new SequenceEffect.Acknowledge(worker, key(), order.next()));
        }
    }

    SequenceEvent append(List<ScoredToken> tokens) {
        return output.append(tokens);
    }

    /**
     * Time has passed: a worker that says nothing of a running attempt is asked whether it has it.
     *
     * @return whether a submission is given up because its worker does not answer
     */
    boolean tick() {
        order.tick();
        return switch (phase) {
            case SUBMITTED, RESERVING -> ++ticksUnanswered > PATIENCE_TICKS;
            case RUNNING -> {
                if (++ticksUnanswered > PATIENCE_TICKS) {
                    // It may have dropped the attempt, and the news of it been lost.
                    ticksUnanswered = 0;
                    askAgain();
                }
                yield false;
            }
            case SELECTING, WAITING, DONE -> false;
        };
    }

    /** The worker is another one now, should it come back. */
    void forget(WorkerId gone) {
        avoid.remove(gone);
    }

    /** Ends the attempt, if a worker has one or is being chosen. */
    void cancel() {
        if (phase == Phase.SELECTING) {
            effects.add(new SequenceEffect.Settle(key()));
        }
        if (worker != null && !isDone()) {
            effects.add(new SequenceEffect.Cancel(worker, key()));
        }
    }

    void done() {
        phase = Phase.DONE;
    }

    private void retryAfter(Duration delay) {
        effects.add(new SequenceEffect.RetryLater(first.choice(), delay));
    }

    /** Leaves the current attempt: whatever it still says is superseded. */
    void supersede() {
        attempt++;
        phase = Phase.SELECTING;
        worker = null;
        selection = null;
        order = new EventOrder();
        ticksUnanswered = 0;
        alone = false;
    }
}
