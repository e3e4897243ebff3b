package troupe.actors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.ChoiceState.Phase;
import troupe.actors.resume.AnswerTag;
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
 * What is known of one request, and what follows from each thing that happens to it. No actors, no clock.
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
 * <p>A request that {@link Suspicion} points at runs on a worker of its own until it is cleared, or fails.
 *
 * <p>Every method gives the effects to be carried out, in order.
 */
public final class SequenceState {
    private static final int FIRST_ATTEMPT = 0;
    private static final int MOST_TOKENS_IN_A_TAIL = 512;
    private static final String OTHER_ANSWER =
            "what was read before is of another answer, which is not known and cannot be computed again";

    /** What a resumable request has beside its choices. */
    private static final class Resumed {
        final ResumableStart start;
        final long seed;
        /** Of what its client has read before; null: nothing. */
        @Nullable
        String expected;
        /** Its own, once it is known. */
        @Nullable
        String answer;

        Resumed(ResumableStart start, long seed) {
            this.start = start;
            this.seed = seed;
            expected = start.read() == null ? null : start.read().answer();
        }
    }

    private final String id;
    private final long epoch;
    private final TokenIds prompt;
    private final EventOutlet window;
    private final SamplingParams sampling;
    private final SequenceEvent.Accepted accepted;
    /** What is more to a resumable request; null of any other. */
    private final @Nullable Resumed resumed;

    private final List<SequenceEffect> effects = new ArrayList<>();
    private final List<ChoiceState> choices = new ArrayList<>();
    private final Suspicion suspicion;
    private boolean placed;
    private boolean ended;
    /** Whether it has asked for a worker of its own, and which one it was given. */
    private boolean isolated;

    private @Nullable WorkerId isolatedOn;
    private @Nullable String numericsId;
    private int cachedTokens;

    /**
     * @param epoch of the owner
     * @param accepted is emitted once every choice has a worker
     * @param sampling resolved
     * @param maxUnread events that the listener may leave unread; at least a few per choice are granted
     */
    public SequenceState(
            SequenceEvent.Accepted accepted,
            long epoch,
            GenerationRequest request,
            SamplingParams sampling,
            ServedModel model,
            int maxUnread) {
        this(
                accepted,
                epoch,
                request,
                sampling,
                model,
                new ListenerWindow(accepted, Math.max(maxUnread, 4 + 4 * request.choices())),
                null);
    }

    /**
     * A resumable request.
     *
     * @param start how it begins
     * @param seed given or drawn
     * @param maxUnread events that a listener is sent ahead of what it has read
     */
    public SequenceState(
            SequenceEvent.Accepted accepted,
            long epoch,
            GenerationRequest request,
            SamplingParams sampling,
            ServedModel model,
            int maxUnread,
            ResumableStart start,
            long seed) {
        this(accepted, epoch, request, sampling, model, new AnswerLog(maxUnread), new Resumed(start, seed));
        numericsId = start.numericsId();
    }

    private SequenceState(
            SequenceEvent.Accepted accepted,
            long epoch,
            GenerationRequest request,
            SamplingParams sampling,
            ServedModel model,
            EventOutlet window,
            @Nullable Resumed resumed) {
        this.accepted = accepted;
        this.sampling = sampling;
        this.window = window;
        this.resumed = resumed;
        id = accepted.sequence();
        prompt = accepted.prompt();
        this.epoch = epoch;
        suspicion = new Suspicion(request.choices());
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

    public boolean isEnded() {
        return ended;
    }

    /** Says again what is known, and asks for a worker for every choice that goes on. */
    public List<SequenceEffect> begin() {
        for (int i = 0; i < choices.size(); i++) {
            ChoiceState choice = choices.get(i);
            if (resumed != null) {
                replay(choice, resumed.start.tokens(i));
            }
            if (!choice.isDone()) {
                select(choice);
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
        ChoiceState choice = current(attempt, Phase.SELECTING);
        if (choice != null) {
            if (numericsId != null && !numericsId.equals(workerNumericsId)) {
                select(choice);
            } else if (suspicion.isSuspect()) {
                numericsId = workerNumericsId;
                isolatedOn = selection.worker();
                choice.reserve(selection, claim);
            } else {
                numericsId = workerNumericsId;
                choice.submit(selection);
            }
        } else {
            // The attempt was given up meanwhile.
            effects.add(new SequenceEffect.Settle(attempt));
        }
        return take();
    }

    /** The worker that was asked for itself has answered. */
    public List<SequenceEffect> onReserved(AttemptKey attempt, boolean granted) {
        ChoiceState choice = current(attempt, Phase.RESERVING);
        if (choice != null) {
            choice.reserved(granted);
        }
        return take();
    }

    /** All workers that are up have refused the attempt. */
    public List<SequenceEffect> onNoWorker(AttemptKey attempt) {
        ChoiceState choice = current(attempt, Phase.SELECTING);
        if (choice != null) {
            choice.exhausted();
        }
        return take();
    }

    public List<SequenceEffect> onRetry(int index) {
        ChoiceState choice = choices.get(index);
        if (!ended && choice.phase() == Phase.WAITING) {
            select(choice);
        } else if (!ended && choice.phase() == Phase.RESERVING) {
            choice.reserveAgain();
        }
        return take();
    }

    public List<SequenceEffect> onAdmission(AttemptKey attempt, Admission admission) {
        ChoiceState choice = current(attempt, Phase.SUBMITTED);
        if (choice != null) {
            switch (admission) {
                case ACCEPTED -> admitted(choice);
                case FULL, RESERVED -> {
                    choice.refused(admission == Admission.RESERVED);
                    select(choice);
                }
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
            ChoiceState choice = current(event.event().key());
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
        List<ChoiceState> hit = new ArrayList<>();
        boolean alone = false;
        for (ChoiceState choice : choices) {
            choice.forget(worker);
            if (ended || choice.isDone() || !choice.isOn(worker)) {
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
            return cause == null ? take() : onVerdict(worker, cause, true);
        }
        switch (suspicion.lost(worker, cause, alone, outputTokens())) {
            case CONVICTED -> convict(cause);
            case SUSPECT -> isolate();
            case NONE -> {
                leaveIsolation();
                for (ChoiceState choice : hit) {
                    // It may live on, drained or wrongly taken for dead.
                    choice.cancel();
                    lost(choice, suspicion.hold());
                }
            }
        }
        return take();
    }

    /**
     * It turned out why a worker's engine is gone.
     *
     * @param sole no other worker was in its process
     */
    public List<SequenceEffect> onVerdict(WorkerId worker, DeathCause cause, boolean sole) {
        if (ended) {
            return take();
        }
        switch (suspicion.verdict(worker, cause, sole, outputTokens())) {
            case CONVICTED -> convict(cause);
            case SUSPECT -> isolate();
            case NONE -> {
                for (ChoiceState choice : choices) {
                    if (choice.phase() == Phase.WAITING && suspicion.isHoldOver()) {
                        select(choice);
                    }
                }
            }
        }
        return take();
    }

    /** The attempt's worker has given it up, and lives. */
    public List<SequenceEffect> onDropped(AttemptKey attempt) {
        ChoiceState choice = current(attempt);
        if (choice != null && (choice.phase() == Phase.SUBMITTED || choice.phase() == Phase.RUNNING)) {
            lost(choice, Duration.ZERO);
        }
        return take();
    }

    /** A quarter of the silence limit has passed. */
    public List<SequenceEffect> onTick() {
        for (ChoiceState choice : choices) {
            if (!ended && choice.tick()) {
                choice.cancel();
                lost(choice, Duration.ZERO);
            }
        }
        return take();
    }

    /** The listener of that number has read the first {@code count} events that it was sent. */
    public List<SequenceEffect> onRead(int attachment, long count) {
        switch (window) {
            case ListenerWindow plain -> plain.read(count);
            case AnswerLog log -> log.read(attachment, count, effects);
        }
        return take();
    }

    /** Events that the resumable request's present listener was sent. */
    public long sent() {
        return window instanceof AnswerLog log ? log.sent() : 0;
    }

    /** Why a client that has read this cannot be the resumable request's listener; empty where it can. */
    public Optional<SequenceEvent.Failed> refusal(@Nullable ReadSoFar read) {
        String answer = resumed == null ? null : resumed.answer;
        return read == null || answer == null || answer.equals(read.answer())
                ? Optional.empty()
                : Optional.of(new SequenceEvent.Failed(id, FailureKind.RESUME_NOT_FOUND, OTHER_ANSWER));
    }

    /** A listener of the resumable request is there, in place of the one before. */
    public List<SequenceEffect> onAttached(@Nullable ReadSoFar read) {
        if (resumed != null && window instanceof AnswerLog log) {
            if (read != null) {
                resumed.expected = read.answer();
            }
            log.attach(read, effects);
        }
        return take();
    }

    /** Nobody listens to the resumable request now. */
    public List<SequenceEffect> onDetached() {
        if (window instanceof AnswerLog log) {
            log.detach();
        }
        return take();
    }

    /** The resumable request's record is where it has to be: its answer goes out. */
    public List<SequenceEffect> onReplicated() {
        if (placed && !window.isOpen()) {
            window.open(effects);
        }
        return take();
    }

    /** The resumable request's tokens are to be told once more, from these numbers on for each choice. */
    public List<SequenceEffect> onSendTokens(List<Integer> from) {
        if (isReplicatingTokens() && window instanceof AnswerLog log) {
            for (int choice = 0; choice < Math.min(from.size(), choices.size()); choice++) {
                int first = from.get(choice);
                List<ScoredToken> tokens = log.tokens(choice, first);
                for (int i = 0; i < tokens.size(); i += MOST_TOKENS_IN_A_TAIL) {
                    effects.add(new SequenceEffect.Tail(
                            choice, first + i, tokens.subList(i, Math.min(tokens.size(), i + MOST_TOKENS_IN_A_TAIL))));
                }
            }
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
        if (ended && resumed == null) {
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
            case EngineEvent.Cancelled ignored -> lost(choice, Duration.ZERO);
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
        say(choice, tokens.tokens());
        if (isReplicatingTokens()) {
            int taken = choice.output().size() - expected;
            effects.add(new SequenceEffect.Tail(
                    tokens.key().choice(), expected, tokens.tokens().subList(0, taken)));
        }
        if (!ended && suspicion.progressed(outputTokens())) {
            rejoin();
        }
        if (!ended && choice.output().hasStopString()) {
            choice.cancel();
            finish(choice, FinishReason.STOP);
        }
    }

    /** What an owner before has said: up to its end, if that is known. */
    private void replay(ChoiceState choice, List<ScoredToken> tokens) {
        // What comes of the prompt's scores has to come first, so with these all is computed again.
        if (tokens.isEmpty() || !isReplicatingTokens()) {
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
        if (resumed == null) {
            emit(choice.append(tokens));
            return;
        }
        for (int i = 0; i < tokens.size() && !choice.output().isStopped(); i++) {
            emit(choice.append(List.of(tokens.get(i))));
        }
    }

    private boolean isReplicatingTokens() {
        return resumed != null && sampling.promptLogprobs() < 0;
    }

    private void onFailed(ChoiceState choice, EngineEvent.Failed failed) {
        switch (failed.reason()) {
            case CLOSED -> lost(choice, Duration.ZERO);
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
        acceptIfPlaced();
        if (ended) {
            return;
        }
        emit(new SequenceEvent.Completed(id, new SequenceEvent.Usage(prompt.size(), cachedTokens, outputTokens())));
        end();
        leave();
    }

    /** Over all choices. */
    private int outputTokens() {
        int output = 0;
        for (ChoiceState each : choices) {
            output += each.output().size();
        }
        return output;
    }

    private void admitted(ChoiceState choice) {
        choice.admitted();
        choice.route().ifPresent(route -> window.inform(route, effects));
        acceptIfPlaced();
    }

    private void acceptIfPlaced() {
        String numerics = numericsId;
        if (placed || ended || numerics == null || !areAll(EnumSet.of(Phase.RUNNING, Phase.DONE))) {
            return;
        }
        placed = true;
        if (resumed == null || !(window instanceof AnswerLog log)) {
            window.open(effects);
            return;
        }
        String answer = AnswerTag.of(resumed.start.fingerprint(), sampling, resumed.seed, numerics);
        if (resumed.expected != null && !resumed.expected.equals(answer)) {
            fail(FailureKind.RESUME_NOT_FOUND, OTHER_ANSWER);
            return;
        }
        resumed.answer = answer;
        log.begin(accepted.with(answer));
        effects.add(new SequenceEffect.Replicate(numerics));
    }

    private boolean areAll(Set<Phase> phases) {
        for (ChoiceState choice : choices) {
            if (!phases.contains(choice.phase())) {
                return false;
            }
        }
        return true;
    }

    private void select(ChoiceState choice) {
        isolated |= suspicion.isSuspect();
        choice.select(numericsId, suspicion.isSuspect());
    }

    /** The next attempt follows after {@code hold}. */
    private void lost(ChoiceState choice, Duration hold) {
        AttemptKey attempt = choice.key();
        choice.supersede();
        if (hold.isZero()) {
            select(choice);
        } else {
            choice.await(hold);
        }
        effects.add(new SequenceEffect.Lost(attempt));
        window.inform(new SequenceEvent.Interrupted(id, attempt.choice(), attempt.attempt()), effects);
    }

    /** Every choice leaves the company that it is in, or looks for. */
    private void isolate() {
        for (ChoiceState choice : choices) {
            if (choice.isDone()) {
                continue;
            }
            if (choice.phase() == Phase.RUNNING || choice.phase() == Phase.SUBMITTED) {
                choice.cancel();
                lost(choice, Duration.ZERO);
            } else {
                choice.supersede();
                select(choice);
            }
        }
    }

    /** A suspect is cleared: it goes on where it is, and those of its choices that wait for a worker take any. */
    private void rejoin() {
        leaveIsolation();
        for (ChoiceState choice : choices) {
            if (choice.phase() == Phase.SELECTING || choice.phase() == Phase.RESERVING) {
                choice.supersede();
                select(choice);
            }
        }
    }

    private void leaveIsolation() {
        if (isolated) {
            effects.add(new SequenceEffect.Release(isolatedOn));
            isolated = false;
            isolatedOn = null;
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
        if (ended || window.offer(event, effects)) {
            return;
        }
        if (window.isOpen()) {
            fail(FailureKind.SLOW_READER, "the reader left " + window.unread() + " events unread, the limit");
        } else {
            fail(FailureKind.OVERLOADED, "no worker has taken all " + choices.size() + " choices");
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
        if (isKept()) {
            emit(failure);
        } else {
            effects.add(new SequenceEffect.Emit(failure));
        }
        end();
        leave();
    }

    private void end() {
        ended = true;
        for (ChoiceState choice : choices) {
            choice.cancel();
            choice.done();
        }
        leaveIsolation();
    }

    /** The terminal event is said: what is left of the request is its log, if it has one that a client may know of. */
    private void leave() {
        effects.add(
                isKept() && window instanceof AnswerLog log
                        ? new SequenceEffect.Finished(log.bytes())
                        : new SequenceEffect.End());
    }

    private boolean isKept() {
        return resumed != null && resumed.answer != null;
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
