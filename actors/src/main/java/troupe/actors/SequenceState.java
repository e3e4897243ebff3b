package troupe.actors;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.ChoiceState.Phase;
import troupe.actors.resume.ReadSoFar;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.output.OutputAssembler;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.sampling.StopTokens;

/**
 * What is known of one request, and what follows from each thing that happens to it: its life from the beginning to its one
 * terminal event. Where its choices run is up to its {@link SequenceAttempts}; what a resumable one has beside them is its
 * {@link ResumableAnswer}. No actors, no clock.
 *
 * <pre>
 *   PENDING --every choice admitted--> ACCEPTED --every choice done--> ENDED (Completed)
 *      |                                  |
 *      +--refused, failed, abandoned------+----------------------> ENDED (Failed, or silently when nobody listens)
 *
 *   a resumable request:
 *
 *   PENDING --every choice placed--> REPLICATING --replicated, or nowhere--> ACCEPTED --done, failed--> FINISHED
 *      |                                  |                                     |                          |
 *      +--refused, failed-----------------+--superseded, kept long enough-------+--------------------------+--> ENDED
 * </pre>
 *
 * A worker that is lost costs its choices nothing but the way back: the next attempt submits prompt and output so far,
 * and since a token depends on these, the parameters and the seed alone, the output goes on as if nothing had happened.
 * Events of attempts other than the current one are ignored.
 *
 * <p>Every method gives the effects to be carried out, in order.
 */
public final class SequenceState {
    /**
     * What the listener may leave unread of each choice at least: its beginning, its end, and as many messages as a worker may
     * have under way, since after a pause of this node or of the network all of them come before the listener has its turn.
     */
    private static final int CHOICE_UNREAD = 4 + AttemptLedger.CREDIT;

    private static final int FIRST_ATTEMPT = 0;
    private static final String OTHER_ANSWER =
            "what was read before is of another answer, which is not known and cannot be computed again";

    private final String id;
    private final TokenIds prompt;
    private final SamplingParams sampling;
    private final SequenceEvent.Accepted accepted;
    /** Null of a request that is not resumable. */
    private final @Nullable ResumableAnswer answer;

    private final EventOutlet outlet;
    private final List<SequenceEffect> effects = new ArrayList<>();
    private final SequenceAttempts attempts;
    /** Whether every choice has had a worker. */
    private boolean placed;

    private boolean ended;
    private int cachedTokens;

    /**
     * @param accepted is emitted once every choice has a worker
     * @param epoch of the owner
     * @param sampling resolved
     * @param maxUnread events that the listener may leave unread, or {@value #CHOICE_UNREAD} of each choice if that is
     *     more; of a resumable request, events that it is sent ahead of what it has read
     * @param start how a resumable request begins; null of any other
     * @param seed given or drawn
     */
    public SequenceState(
            SequenceEvent.Accepted accepted,
            long epoch,
            GenerationRequest request,
            SamplingParams sampling,
            ServedModel model,
            int maxUnread,
            @Nullable ResumableStart start,
            long seed) {
        this.accepted = accepted;
        this.sampling = sampling;
        id = accepted.sequence();
        prompt = accepted.prompt();
        if (start == null) {
            answer = null;
            outlet = new ListenerWindow(accepted, Math.max(maxUnread, 4 + CHOICE_UNREAD * request.choices()));
        } else {
            AnswerLog log = new AnswerLog(maxUnread);
            answer = new ResumableAnswer(start, sampling, seed, log, effects);
            outlet = log;
        }
        StopTokens stopTokens = StopTokens.of(sampling, model.endOfSequence());
        List<ChoiceState> choices = new ArrayList<>();
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
        attempts = new SequenceAttempts(choices, start == null ? null : start.numericsId(), outlet, effects);
    }

    public boolean isEnded() {
        return ended;
    }

    /** Says again what is known, and asks for a worker for every choice that goes on. */
    public List<SequenceEffect> begin() {
        for (ChoiceState choice : attempts.choices()) {
            if (answer != null) {
                replay(choice, answer.known(choice.key().choice()));
            }
            if (!choice.isDone()) {
                attempts.select(choice);
            }
        }
        acceptIfPlaced();
        return take();
    }

    /**
     * A worker of {@code workerNumericsId} was chosen for an attempt.
     *
     * @param claim of a suspect: the worker is to take in nothing more, since others are there
     */
    public List<SequenceEffect> onSelected(
            AttemptKey attempt, WorkerSelector.Selection selection, String workerNumericsId, boolean claim) {
        attempts.selected(attempt, selection, workerNumericsId, claim);
        return take();
    }

    /** The worker that was asked for itself has answered. */
    public List<SequenceEffect> onReserved(AttemptKey attempt, boolean granted) {
        ChoiceState choice = attempts.current(attempt, Phase.RESERVING);
        if (choice != null) {
            choice.reserved(granted);
        }
        return take();
    }

    /** All workers that are up have refused the attempt. */
    public List<SequenceEffect> onNoWorker(AttemptKey attempt) {
        ChoiceState choice = attempts.current(attempt, Phase.SELECTING);
        if (choice != null) {
            choice.exhausted();
        }
        return take();
    }

    public List<SequenceEffect> onRetry(int index) {
        attempts.retry(attempts.choices().get(index));
        return take();
    }

    public List<SequenceEffect> onAdmission(AttemptKey attempt, Admission admission) {
        // Who learns late that a later epoch is there learns it for good: the message that said so may have been lost.
        ChoiceState choice = admission == Admission.SUPERSEDED
                ? attempts.current(attempt)
                : attempts.current(attempt, Phase.SUBMITTED);
        if (choice != null) {
            switch (admission) {
                case ACCEPTED -> admitted(choice);
                case FULL, RESERVED -> attempts.refused(choice, admission == Admission.RESERVED);
                // Its engine has just died or is closing, and news of it is on the way.
                case CLOSED -> choice.turnedAway();
                case SUPERSEDED -> moved();
            }
        }
        return take();
    }

    /** Events that {@code worker} sent, in the order of their arrival. */
    public List<SequenceEffect> onEvents(WorkerId worker, List<AttemptEvent> events) {
        for (AttemptEvent event : events) {
            ChoiceState choice = attempts.current(event.event().key());
            if (choice != null && choice.isOn(worker) && choice.takes(event)) {
                onEvent(choice, worker, event);
            }
        }
        return take();
    }

    /**
     * The worker's engine is gone: its attempts go on elsewhere.
     *
     * @param cause null where it is not known yet: {@link #onVerdict} follows if it ever is
     */
    public List<SequenceEffect> onWorkerLost(WorkerId worker, @Nullable DeathCause cause) {
        if (attempts.workerLost(worker, cause)) {
            convict(cause);
        }
        return take();
    }

    /**
     * It turned out why a worker's engine is gone.
     *
     * @param sole no other worker was in its process
     */
    public List<SequenceEffect> onVerdict(WorkerId worker, DeathCause cause, boolean sole) {
        if (attempts.verdict(worker, cause, sole)) {
            convict(cause);
        }
        return take();
    }

    /** The attempt's worker has given it up, and lives. */
    public List<SequenceEffect> onDropped(AttemptKey attempt) {
        ChoiceState choice = attempts.current(attempt);
        if (choice != null && (choice.phase() == Phase.SUBMITTED || choice.phase() == Phase.RUNNING)) {
            // The worker's answer to the submission may have been lost.
            effects.add(new SequenceEffect.Settle(attempt));
            attempts.lost(choice);
        }
        return take();
    }

    /** Whether {@link #onTick} has something to say even after the request's end. */
    public boolean hasReleased() {
        return attempts.hasReleased();
    }

    /** A quarter of the silence limit has passed. */
    public List<SequenceEffect> onTick() {
        attempts.tick();
        return take();
    }

    /** The listener of that number has read the first {@code count} events that it was sent. */
    public List<SequenceEffect> onRead(int attachment, long count) {
        switch (outlet) {
            case ListenerWindow plain -> plain.read(count);
            case AnswerLog log -> log.read(attachment, count, effects);
        }
        return take();
    }

    /** Events that the resumable request's present listener was sent. */
    public long sent() {
        return answer == null ? 0 : answer.sent();
    }

    /** Why a client that has read this cannot be the resumable request's listener; empty where it can. */
    public Optional<SequenceEvent.Failed> refusal(@Nullable ReadSoFar read) {
        return answer == null || !answer.isOtherThan(read)
                ? Optional.empty()
                : Optional.of(new SequenceEvent.Failed(id, FailureKind.RESUME_NOT_FOUND, OTHER_ANSWER));
    }

    /** A listener of the resumable request is there, in place of the one before. */
    public List<SequenceEffect> onAttached(@Nullable ReadSoFar read) {
        if (answer != null) {
            answer.attach(read);
        }
        return take();
    }

    /** Nobody listens to the resumable request now. */
    public List<SequenceEffect> onDetached() {
        if (answer != null) {
            answer.detach();
        }
        return take();
    }

    /** The resumable request's record is where it has to be: its answer goes out. */
    public List<SequenceEffect> onReplicated() {
        if (placed && !outlet.isOpen()) {
            outlet.open(effects);
        }
        return take();
    }

    /** The resumable request's tokens are to be told once more, from these numbers on for each choice. */
    public List<SequenceEffect> onSendTokens(List<Integer> from) {
        if (answer != null) {
            answer.replicateAgain(
                    from.subList(0, Math.min(from.size(), attempts.choices().size())));
        }
        return take();
    }

    /** The resumable request has a later owner. */
    public List<SequenceEffect> onSuperseded() {
        moved();
        return take();
    }

    /** The request ends now with a reason: its deadline, the end of its node. */
    public List<SequenceEffect> onAbort(FailureKind kind, String message) {
        fail(kind, message);
        return take();
    }

    /** Nobody listens any more, or has for as long as a client may take to come back. */
    public List<SequenceEffect> onAbandoned() {
        if (ended && answer == null) {
            return take();
        }
        if (!ended) {
            end();
        }
        effects.add(new SequenceEffect.End());
        return take();
    }

    private void onEvent(ChoiceState choice, WorkerId worker, AttemptEvent numbered) {
        if (choice.phase() == Phase.SUBMITTED) {
            // Its worker's answer is late or lost.
            effects.add(new SequenceEffect.Settle(choice.key()));
            admitted(choice);
        }
        switch (numbered.event()) {
            case EngineEvent.Started started -> onStarted(choice, worker, started);
            case EngineEvent.PromptScored scored ->
                choice.output().promptScored(scored.tokens()).ifPresent(this::emit);
            case EngineEvent.Tokens tokens -> onTokens(choice, worker, tokens);
            case EngineEvent.Finished finished -> finish(choice, finished.reason());
            case EngineEvent.Failed failed -> onFailed(choice, failed);
            case EngineEvent.Cancelled ignored -> attempts.lost(choice);
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
            outlet.inform(started, effects);
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
        say(choice, tokens.tokens());
        if (answer != null) {
            int taken = choice.output().size() - expected;
            answer.replicate(tokens.key().choice(), expected, tokens.tokens().subList(0, taken));
        }
        if (!ended) {
            attempts.progressed();
        }
        if (!ended && choice.output().hasStopString()) {
            choice.cancel();
            finish(choice, FinishReason.STOP);
        }
    }

    /** What an owner before has said: up to its end, if that is known. */
    private void replay(ChoiceState choice, List<ScoredToken> tokens) {
        if (tokens.isEmpty()) {
            return;
        }
        say(choice, tokens);
        if (choice.output().isStopped()) {
            finish(choice, FinishReason.STOP);
        } else if (choice.output().size() >= sampling.maxTokens()) {
            finish(choice, FinishReason.LENGTH);
        }
    }

    /** A resumable request says each token for itself, so that a client may come back between any two. */
    private void say(ChoiceState choice, List<ScoredToken> tokens) {
        if (answer == null) {
            emit(choice.append(tokens));
            return;
        }
        for (int i = 0; i < tokens.size() && !choice.output().isStopped(); i++) {
            emit(choice.append(List.of(tokens.get(i))));
        }
    }

    private void onFailed(ChoiceState choice, EngineEvent.Failed failed) {
        switch (failed.reason()) {
            case CLOSED -> attempts.lost(choice);
            case INVALID -> fail(FailureKind.INVALID, failed.message());
            case TOO_LONG -> fail(FailureKind.TOO_LONG, failed.message());
            case DEADLINE -> fail(FailureKind.DEADLINE, failed.message());
            case NUMERICS -> fail(FailureKind.INTERNAL, failed.message());
        }
    }

    private void finish(ChoiceState choice, FinishReason reason) {
        choice.done();
        emit(choice.output().finish(reason));
        if (ended || !attempts.areDone()) {
            return;
        }
        acceptIfPlaced();
        if (ended) {
            return;
        }
        emit(new SequenceEvent.Completed(
                id, new SequenceEvent.Usage(prompt.size(), cachedTokens, attempts.outputTokens())));
        end();
        leave();
    }

    private void admitted(ChoiceState choice) {
        attempts.admitted(choice);
        acceptIfPlaced();
    }

    private void acceptIfPlaced() {
        String numericsId = attempts.placedOn();
        if (placed || ended || numericsId == null) {
            return;
        }
        placed = true;
        if (answer == null) {
            outlet.open(effects);
        } else if (answer.identify(accepted, numericsId)) {
            effects.add(new SequenceEffect.Replicate(numericsId));
        } else {
            fail(FailureKind.RESUME_NOT_FOUND, OTHER_ANSWER);
        }
    }

    private void convict(@Nullable DeathCause cause) {
        effects.add(new SequenceEffect.Convict());
        fail(
                FailureKind.CRASHES_WORKERS,
                "the workers that ran this request went down, the last one with nothing beside it (" + cause + ")");
    }

    /** Sends an event, or holds it until the request is accepted; a reader too far behind ends the request. */
    private void emit(SequenceEvent event) {
        if (ended || outlet.offer(event, effects)) {
            return;
        }
        if (outlet.isOpen()) {
            fail(FailureKind.SLOW_READER, "the reader left " + outlet.unread() + " events unread, the limit");
        } else {
            fail(
                    FailureKind.OVERLOADED,
                    "no worker has taken all " + attempts.choices().size() + " choices");
        }
    }

    private void moved() {
        if (!ended) {
            effects.add(new SequenceEffect.Emit(
                    new SequenceEvent.Failed(id, FailureKind.MOVED, "the request goes on at another gateway")));
            end();
        }
        effects.add(new SequenceEffect.End());
    }

    private void fail(FailureKind kind, String message) {
        if (ended) {
            return;
        }
        SequenceEvent.Failed failure = new SequenceEvent.Failed(id, kind, message);
        if (answer != null && answer.isIdentified()) {
            emit(failure);
        } else {
            effects.add(new SequenceEffect.Emit(failure));
        }
        end();
        leave();
    }

    private void end() {
        ended = true;
        attempts.end();
    }

    /** The terminal event is said: what is left of the request is its log, if it has one that a client may know of. */
    private void leave() {
        effects.add(
                answer != null && answer.isIdentified()
                        ? new SequenceEffect.Finished(answer.bytes())
                        : new SequenceEffect.End());
    }

    private List<SequenceEffect> take() {
        List<SequenceEffect> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }
}
