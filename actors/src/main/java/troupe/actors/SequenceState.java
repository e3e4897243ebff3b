package troupe.actors;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.ChoiceState.Phase;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.TokenIds;
import troupe.engine.output.OutputAssembler;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.sampling.StopTokens;

/**
 * What is known of one request, and what follows from each thing that happens to it. No actors, no clock.
 *
 * <pre>
 *   PENDING --every choice admitted--> ACCEPTED --every choice done--> ENDED (Completed)
 *      |                                  |
 *      +--refused, failed, abandoned------+----------------------> ENDED (Failed, or silently when nobody listens)
 * </pre>
 *
 * A worker that is lost costs its choices nothing but the way back: the next attempt submits prompt and output so far,
 * and since a token depends on these, the parameters and the seed alone, the output goes on as if nothing had happened.
 * Events of attempts other than the current one are ignored.
 *
 * <p>Every method gives the effects to be carried out, in order.
 */
final class SequenceState {
    /** Losing this many workers in a row without one new token means that the request itself brings them down. */
    static final int MOST_LOSSES_IN_A_ROW = 5;

    private static final int FIRST_ATTEMPT = 0;

    private final String id;
    private final long epoch;
    private final TokenIds prompt;
    private final ListenerWindow window;
    private final List<SequenceEffect> effects = new ArrayList<>();
    private final List<ChoiceState> choices = new ArrayList<>();
    private boolean ended;
    private @Nullable String numericsId;
    private int cachedTokens;

    /**
     * @param epoch of the owner
     * @param accepted is emitted once every choice has a worker
     * @param sampling resolved
     * @param maxUnread events that the listener may leave unread; at least a few per choice are granted
     */
    SequenceState(
            SequenceEvent.Accepted accepted,
            long epoch,
            GenerationRequest request,
            SamplingParams sampling,
            ServedModel model,
            int maxUnread) {
        id = accepted.sequence();
        prompt = accepted.prompt();
        this.epoch = epoch;
        window = new ListenerWindow(accepted, Math.max(maxUnread, 4 + 4 * request.choices()));
        StopTokens stopTokens = StopTokens.of(sampling, model.endOfSequence());
        for (int i = 0; i < request.choices(); i++) {
            OutputAssembler assembler = new OutputAssembler(
                    model.codec().decoder(request.skipSpecialTokens()),
                    request.stop(),
                    request.includeStop(),
                    sampling.minTokens(),
                    stopTokens);
            choices.add(new ChoiceState(
                    new AttemptKey(id, epoch, FIRST_ATTEMPT, i), prompt, new ChoiceOutput(id, i, assembler), effects));
        }
    }

    boolean isEnded() {
        return ended;
    }

    /** Asks for a worker for every choice. */
    List<SequenceEffect> begin() {
        for (ChoiceState choice : choices) {
            choice.select(numericsId);
        }
        return take();
    }

    /** A worker of {@code workerNumericsId} was chosen for an attempt. */
    List<SequenceEffect> onSelected(AttemptKey attempt, WorkerSelector.Selection selection, String workerNumericsId) {
        ChoiceState choice = current(attempt, Phase.SELECTING);
        if (choice != null) {
            if (numericsId == null || numericsId.equals(workerNumericsId)) {
                numericsId = workerNumericsId;
                choice.submit(selection);
            } else {
                choice.select(numericsId);
            }
        }
        return take();
    }

    /** All workers that are up have refused the attempt. */
    List<SequenceEffect> onNoWorker(AttemptKey attempt) {
        ChoiceState choice = current(attempt, Phase.SELECTING);
        if (choice != null) {
            if (window.isOpen()) {
                choice.exhausted();
            } else {
                fail(FailureKind.OVERLOADED, "every worker's queue is full");
            }
        }
        return take();
    }

    List<SequenceEffect> onRetry(int index) {
        ChoiceState choice = choices.get(index);
        if (!ended && choice.phase() == Phase.WAITING) {
            choice.select(numericsId);
        }
        return take();
    }

    List<SequenceEffect> onAdmission(AttemptKey attempt, Admission admission) {
        ChoiceState choice = current(attempt, Phase.SUBMITTED);
        if (choice != null) {
            switch (admission) {
                case ACCEPTED -> admitted(choice);
                case FULL -> {
                    choice.refused();
                    choice.select(numericsId);
                }
                // Its engine has just died or is closing, and news of it is on the way.
                case CLOSED -> choice.turnedAway();
            }
        }
        return take();
    }

    /** Events that {@code worker} sent, in the order of their arrival. */
    List<SequenceEffect> onEvents(WorkerId worker, List<AttemptEvent> events) {
        for (AttemptEvent event : events) {
            ChoiceState choice = current(event.event().key());
            if (choice != null && choice.isOn(worker) && choice.takes(event)) {
                onEvent(choice, worker, event);
            }
        }
        return take();
    }

    /** The worker's engine is gone: its attempts go on elsewhere. */
    List<SequenceEffect> onWorkerLost(WorkerId worker) {
        for (ChoiceState choice : choices) {
            choice.forget(worker);
            if (!ended && !choice.isDone() && choice.isOn(worker)) {
                // It may live on, drained or wrongly taken for dead.
                choice.cancel();
                lost(choice);
            }
        }
        return take();
    }

    /** A quarter of the silence limit has passed. */
    List<SequenceEffect> onTick() {
        for (ChoiceState choice : choices) {
            if (!ended && choice.tick()) {
                choice.cancel();
                lost(choice);
            }
        }
        return take();
    }

    /** The listener has read all events before {@code count}, counted from the first one. */
    List<SequenceEffect> onRead(long count) {
        window.read(count);
        return take();
    }

    /** The request ends now with a reason: its deadline, the end of its node. */
    List<SequenceEffect> onAbort(FailureKind kind, String message) {
        fail(kind, message);
        return take();
    }

    /** Nobody listens any more. */
    List<SequenceEffect> onAbandoned() {
        if (!ended) {
            end();
        }
        return take();
    }

    private void onEvent(ChoiceState choice, WorkerId worker, AttemptEvent numbered) {
        if (choice.phase() == Phase.SUBMITTED) {
            admitted(choice);
        }
        switch (numbered.event()) {
            case EngineEvent.Started started -> onStarted(choice, worker, started);
            case EngineEvent.PromptScored scored ->
                choice.output().promptScored(scored.tokens()).ifPresent(this::emit);
            case EngineEvent.Tokens tokens -> onTokens(choice, worker, tokens);
            case EngineEvent.Finished finished -> finish(choice, finished.reason());
            case EngineEvent.Failed failed -> onFailed(choice, failed);
            case EngineEvent.Cancelled ignored -> lost(choice);
        }
        if (numbered.event() instanceof EngineEvent.Terminal) {
            effects.add(new SequenceEffect.Acknowledge(worker, numbered.event().key(), numbered.number() + 1));
        } else {
            choice.acknowledge();
        }
    }

    private void onStarted(ChoiceState choice, WorkerId worker, EngineEvent.Started event) {
        boolean isFirst = !choice.output().isStarted();
        SequenceEvent.Started started = choice.output().started(worker.name(), event, prompt.size());
        if (isFirst && started.choice() == 0) {
            cachedTokens = started.cachedTokens();
        }
        if (isFirst) {
            emit(started);
        } else {
            window.inform(started, effects);
        }
    }

    private void onTokens(ChoiceState choice, WorkerId worker, EngineEvent.Tokens tokens) {
        int expected = choice.output().size();
        if (tokens.firstIndex() != expected) {
            fail(
                    FailureKind.INTERNAL,
                    "worker " + worker.name() + " went on at token " + tokens.firstIndex() + " of choice "
                            + tokens.key().choice() + ", expected was " + expected);
            return;
        }
        emit(choice.append(tokens));
        if (!ended && choice.output().hasStopString()) {
            choice.cancel();
            finish(choice, FinishReason.STOP);
        }
    }

    private void onFailed(ChoiceState choice, EngineEvent.Failed failed) {
        switch (failed.reason()) {
            case CLOSED -> lost(choice);
            case INVALID -> fail(FailureKind.INVALID, failed.message());
            case TOO_LONG -> fail(FailureKind.TOO_LONG, failed.message());
            case DEADLINE -> fail(FailureKind.DEADLINE, failed.message());
            case NUMERICS -> fail(FailureKind.INTERNAL, failed.message());
        }
    }

    private void finish(ChoiceState choice, FinishReason reason) {
        choice.done();
        emit(choice.output().finish(reason));
        if (ended || !areAll(EnumSet.of(Phase.DONE))) {
            return;
        }
        int output = 0;
        for (ChoiceState each : choices) {
            output += each.output().size();
        }
        emit(new SequenceEvent.Completed(id, new SequenceEvent.Usage(prompt.size(), cachedTokens, output)));
        end();
    }

    private void admitted(ChoiceState choice) {
        choice.admitted();
        choice.route().ifPresent(route -> window.inform(route, effects));
        if (!window.isOpen() && areAll(EnumSet.of(Phase.RUNNING, Phase.DONE))) {
            window.open(effects);
        }
    }

    private boolean areAll(Set<Phase> phases) {
        for (ChoiceState choice : choices) {
            if (!phases.contains(choice.phase())) {
                return false;
            }
        }
        return true;
    }

    private void lost(ChoiceState choice) {
        AttemptKey attempt = choice.key();
        choice.lose();
        if (choice.lossesInARow() >= MOST_LOSSES_IN_A_ROW) {
            fail(FailureKind.INTERNAL, choice.lossesInARow() + " workers in a row were lost without a new token");
        } else {
            choice.select(numericsId);
            window.inform(new SequenceEvent.Interrupted(id, attempt.choice(), attempt.attempt()), effects);
        }
    }

    /** Sends an event, or holds it until the request is accepted; a reader too far behind ends the request. */
    private void emit(SequenceEvent event) {
        if (ended || window.offer(event, effects)) {
            return;
        }
        if (window.isOpen()) {
            fail(FailureKind.SLOW_READER, "the reader left " + window.unread() + " events unread, the limit");
        } else {
            fail(FailureKind.OVERLOADED, "no worker has taken all " + choices.size() + " choices");
        }
    }

    private void fail(FailureKind kind, String message) {
        if (!ended) {
            effects.add(new SequenceEffect.Emit(new SequenceEvent.Failed(id, kind, message)));
            end();
        }
    }

    private void end() {
        ended = true;
        for (ChoiceState choice : choices) {
            choice.cancel();
            choice.done();
        }
        effects.add(new SequenceEffect.End());
    }

    /** The choice whose current attempt this is, or null. */
    private @Nullable ChoiceState current(AttemptKey attempt) {
        if (ended || attempt.epoch() != epoch || attempt.choice() >= choices.size()) {
            return null;
        }
        ChoiceState choice = choices.get(attempt.choice());
        return choice.isDone() || !choice.key().equals(attempt) ? null : choice;
    }

    private @Nullable ChoiceState current(AttemptKey attempt, Phase phase) {
        ChoiceState choice = current(attempt);
        return choice != null && choice.phase() == phase ? choice : null;
    }

    private List<SequenceEffect> take() {
        List<SequenceEffect> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }
}
