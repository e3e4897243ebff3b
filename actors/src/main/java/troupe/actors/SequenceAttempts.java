package troupe.actors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.ChoiceState.Phase;
import troupe.engine.AttemptKey;

/**
 * The workers that a request's choices run on: each choice has one attempt at a time, and where that is lost, the next one
 * follows. All of them run on workers of one numerics id.
 *
 * <p>A request that {@link Suspicion} points at is isolated: its attempts leave the company that they are in, and each asks
 * for a worker of its own, until the request is cleared, convicted, or over.
 *
 * <pre>
 *   NOT ISOLATED --suspected--> ISOLATED --cleared, lost without blame, ended: its workers are let go--> NOT ISOLATED
 * </pre>
 *
 * What is to be done goes into the list of effects that the parts of a request share.
 */
final class SequenceAttempts {
    private final List<ChoiceState> choices;
    private final EventOutlet outlet;
    private final List<SequenceEffect> effects;
    private final Suspicion suspicion;
    private @Nullable String numericsId;
    /** Whether a worker of its own was asked for. */
    private boolean isolated;
    /** Workers that were asked to keep themselves for the request. */
    private final Set<WorkerId> reserved = new LinkedHashSet<>();
    /**
     * Of these, workers that were lost while the request was alone there. They are kept until the cause is known or nobody
     * waits for it any more: one that lives takes in nothing else, so whatever ends it then is the request's doing.
     */
    private final Set<WorkerId> awaited = new LinkedHashSet<>();
    /** Workers that were told that they need not, and may not have heard it. */
    private final Set<WorkerId> released = new LinkedHashSet<>();

    /**
     * @param choices that have had no attempt
     * @param numericsId that the workers are to have; null: that of the first one that is chosen
     * @param outlet hears of each attempt's way
     */
    SequenceAttempts(
            List<ChoiceState> choices, @Nullable String numericsId, EventOutlet outlet, List<SequenceEffect> effects) {
        this.choices = List.copyOf(choices);
        this.numericsId = numericsId;
        this.outlet = outlet;
        this.effects = effects;
        suspicion = new Suspicion(choices.size());
    }

    List<ChoiceState> choices() {
        return choices;
    }

    /** Of the output, over all choices. */
    int outputTokens() {
        int output = 0;
        for (ChoiceState each : choices) {
            output += each.output().size();
        }
        return output;
    }

    /** The numerics id of all workers once every choice has one, or had one until it was done; null before. */
    @Nullable
    String placedOn() {
        return areAll(EnumSet.of(Phase.RUNNING, Phase.DONE)) ? numericsId : null;
    }

    boolean areDone() {
        return areAll(EnumSet.of(Phase.DONE));
    }

    private boolean areAll(Set<Phase> phases) {
        for (ChoiceState choice : choices) {
            if (!phases.contains(choice.phase())) {
                return false;
            }
        }
        return true;
    }

    /** The choice whose current attempt this is, or null. */
    @Nullable
    ChoiceState current(AttemptKey attempt) {
        if (attempt.choice() >= choices.size()) {
            return null;
        }
        ChoiceState choice = choices.get(attempt.choice());
        return choice.isDone() || !choice.key().equals(attempt) ? null : choice;
    }

    @Nullable
    ChoiceState current(AttemptKey attempt, Phase phase) {
        ChoiceState choice = current(attempt);
        return choice != null && choice.phase() == phase ? choice : null;
    }

    /** Asks for a worker for a choice. */
    void select(ChoiceState choice) {
        isolated |= suspicion.isSuspect();
        choice.select(numericsId, suspicion.isSuspect());
    }

    /** A worker was chosen for an attempt, as {@link SequenceState#onSelected} says. */
    void selected(AttemptKey attempt, WorkerSelector.Selection selection, String workerNumericsId, boolean claim) {
        ChoiceState choice = current(attempt, Phase.SELECTING);
        if (choice == null) {
            // The attempt was given up meanwhile.
            effects.add(new SequenceEffect.Settle(attempt));
        } else if (numericsId != null && !numericsId.equals(workerNumericsId)) {
            select(choice);
        } else {
            numericsId = workerNumericsId;
            suspicion.placed();
            if (suspicion.isSuspect()) {
                reserve(choice, selection, claim);
            } else {
                choice.submit(selection);
            }
        }
    }

    /** The wait of a choice is over. */
    void retry(ChoiceState choice) {
        if (choice.phase() == Phase.WAITING) {
            List.copyOf(awaited).forEach(this::letGo);
            select(choice);
        } else if (choice.phase() == Phase.RESERVING) {
            choice.reserveAgain();
        }
    }

    /** The worker has taken the choice's attempt. */
    void admitted(ChoiceState choice) {
        choice.admitted();
        choice.route().ifPresent(route -> outlet.inform(route, effects));
    }

    /**
     * The worker has not taken the choice's attempt.
     *
     * @param reserved it is kept for another request
     */
    void refused(ChoiceState choice, boolean reserved) {
        choice.refused(reserved);
        select(choice);
    }

    /** The choice's attempt is lost, which is no worker's end; the next one follows at once. */
    void lost(ChoiceState choice) {
        lost(choice, Duration.ZERO);
    }

    private void lost(ChoiceState choice, Duration hold) {
        AttemptKey attempt = choice.key();
        choice.supersede();
        if (hold.isZero()) {
            select(choice);
        } else {
            choice.await(hold);
        }
        effects.add(new SequenceEffect.Lost(attempt));
        outlet.inform(new SequenceEvent.Interrupted(attempt.sequence(), attempt.choice(), attempt.attempt()), effects);
    }

    /**
     * The worker's engine is gone: its attempts go on elsewhere.
     *
     * @param cause null where it is not known yet
     * @return whether the request is convicted by it
     */
    boolean workerLost(WorkerId worker, @Nullable DeathCause cause) {
        if (cause != null) {
            isOver(worker);
        }
        List<ChoiceState> hit = new ArrayList<>();
        boolean alone = false;
        for (ChoiceState choice : choices) {
            choice.forget(worker);
            if (choice.isDone() || !choice.isOn(worker)) {
                continue;
            }
            if (choice.phase() == Phase.RESERVING) { // it had nothing of the request
                choice.supersede();
                select(choice);
            } else {
                hit.add(choice);
                alone |= choice.isAlone();
            }
        }
        if (hit.isEmpty()) {
            // What was lost there was lost before its engine's end could be told.
            return cause != null && verdict(worker, cause, true);
        }
        Suspicion.Ruling ruling = suspicion.lost(worker, cause, alone, outputTokens());
        switch (ruling) {
            case CONVICTED -> {}
            case SUSPECT -> isolate();
            case NONE -> {
                if (alone && reserved.contains(worker)) {
                    awaited.add(worker);
                }
                rejoin();
                for (ChoiceState choice : hit) {
                    // It may live on, drained or wrongly taken for dead.
                    choice.cancel();
                    lost(choice, suspicion.hold());
                }
            }
        }
        return ruling == Suspicion.Ruling.CONVICTED;
    }

    /**
     * It turned out why a worker's engine is gone.
     *
     * @param sole no other worker was in its process
     * @return whether the request is convicted by it
     */
    boolean verdict(WorkerId worker, DeathCause cause, boolean sole) {
        isOver(worker);
        if (areDone()) {
            return false;
        }
        Suspicion.Ruling ruling = suspicion.verdict(worker, cause, sole, outputTokens());
        switch (ruling) {
            case CONVICTED -> {}
            case SUSPECT -> isolate();
            case NONE -> {
                for (ChoiceState choice : choices) {
                    if (choice.phase() == Phase.WAITING && suspicion.isHoldOver()) {
                        select(choice);
                    }
                }
            }
        }
        return ruling == Suspicion.Ruling.CONVICTED;
    }

    /** Whether a worker may not have heard yet that it need not keep itself for the request. */
    boolean hasReleased() {
        return !released.isEmpty();
    }

    /** A quarter of the silence limit has passed: attempts that no worker answers are given up. */
    void tick() {
        for (WorkerId worker : released) {
            effects.add(new SequenceEffect.Release(worker));
        }
        letGoUnused();
        for (ChoiceState choice : choices) {
            if (choice.tick()) {
                choice.cancel();
                lost(choice);
            }
        }
    }

    /** There is more output, which may clear a suspect. */
    void progressed() {
        if (suspicion.progressed(outputTokens())) {
            cleared();
        }
    }

    /** Ends every attempt; none follows. */
    void end() {
        for (ChoiceState choice : choices) {
            choice.cancel();
            choice.done();
        }
        awaited.clear();
        rejoin();
    }

    /** Every choice leaves the company that it is in, or looks for. */
    private void isolate() {
        for (ChoiceState choice : choices) {
            if (choice.isDone()) {
                continue;
            }
            if (choice.phase() == Phase.RUNNING || choice.phase() == Phase.SUBMITTED) {
                choice.cancel();
                lost(choice);
            } else {
                choice.supersede();
                select(choice);
            }
        }
    }

    /** A suspect is cleared: it goes on where it is, and those of its choices that wait for a worker take any. */
    private void cleared() {
        rejoin();
        for (ChoiceState choice : choices) {
            if (choice.phase() == Phase.SELECTING || choice.phase() == Phase.RESERVING) {
                choice.supersede();
                select(choice);
            }
        }
    }

    /** The worker's engine does not live. */
    private void isOver(WorkerId worker) {
        reserved.remove(worker);
        awaited.remove(worker);
        released.remove(worker);
    }

    /** Asks a worker to keep itself for the request. */
    private void reserve(ChoiceState choice, WorkerSelector.Selection selection, boolean claim) {
        WorkerId worker = selection.worker();
        // A new engine of the same name knows nothing of what its predecessor was asked, and shares its address.
        reserved.removeIf(former -> former.name().equals(worker.name()));
        awaited.removeIf(former -> former.name().equals(worker.name()));
        released.removeIf(former -> former.name().equals(worker.name()));
        choice.reserve(selection, claim);
        reserved.add(worker);
    }

    /**
     * A request that looks for a worker keeps none that no choice is on: whoever has its turn before may wait for it. Not at
     * once, since it often is the next worker too.
     */
    private void letGoUnused() {
        for (WorkerId worker : List.copyOf(reserved)) {
            boolean used = choices.stream().anyMatch(choice -> !choice.isDone() && choice.isOn(worker));
            if (!used && !awaited.contains(worker)) {
                letGo(worker);
            }
        }
    }

    /** The request needs no worker for itself any more. */
    private void rejoin() {
        for (WorkerId worker : List.copyOf(reserved)) {
            if (!awaited.contains(worker)) {
                letGo(worker);
            }
        }
        if (isolated) {
            effects.add(new SequenceEffect.Rejoin());
            isolated = false;
        }
    }

    private void letGo(WorkerId worker) {
        reserved.remove(worker);
        awaited.remove(worker);
        suspicion.released(worker);
        released.add(worker);
        effects.add(new SequenceEffect.Release(worker));
    }
}
