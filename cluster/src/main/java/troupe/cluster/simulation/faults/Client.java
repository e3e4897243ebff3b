package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import troupe.actors.FailureKind;
import troupe.actors.SequenceEvent;
import troupe.actors.SequenceEvent.OutputToken;
import troupe.actors.resume.AttachRequest;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.ResumeKey;
import troupe.actors.resume.Resumption;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;

/**
 * Sends one request, reads its events and compares each with the undisturbed run. A resumable request's client comes again
 * wherever its connection is lost, and says what it has read.
 *
 * <pre>
 *   CONNECTED --terminal event--> ENDED
 *     |    ^
 *     |    +--comes again--AWAY
 *     |                     ^
 *     +--connection lost----+ (resumable)
 *     +--goes away, or its connection is lost--> GONE
 * </pre>
 */
final class Client {
    /** Events after which a client says that it has read them. */
    static final int READ_EVERY = 4;

    /** Until a client comes again, nanos. */
    private static final long PAUSE_NANOS = 20_000_000;

    /** A connection is kept a little after the end: nothing must follow. */
    private static final long LINGER_NANOS = 100_000_000;

    private enum Phase {
        AWAY,
        CONNECTED,
        ENDED,
        GONE
    }

    private static final class Choice {
        final Answer expected;
        final StringBuilder text = new StringBuilder();
        int tokens;
        boolean finished;
        /** Of the present connection. */
        boolean finishedHere;

        long markEpoch;
        int markAttempt;

        Choice(Answer expected) {
            this.expected = expected;
        }

        void startOver() {
            finishedHere = false;
            markEpoch = 0;
            markAttempt = 0;
        }
    }

    private final FaultyCluster cluster;
    private final RequestPlan plan;
    private final List<Choice> choices = new ArrayList<>();
    private Phase phase = Phase.AWAY;
    private @Nullable Connection connection;
    private int connections;
    private long openedNanos;
    /** On the present connection. */
    private boolean accepted;

    private @Nullable String answer;
    private boolean convicted;
    private boolean stalled;
    private boolean hasStalled;
    /** Whether it ever left, or stopped reading, by itself. */
    private boolean hasBehaved;

    Client(FaultyCluster cluster, RequestPlan plan) {
        this.cluster = cluster;
        this.plan = plan;
        for (int i = 0; i < plan.request().choices(); i++) {
            choices.add(new Choice(Answer.of(
                    cluster.info(),
                    cluster.model(),
                    plan.prompt(),
                    plan.sampling(),
                    plan.seed(),
                    i,
                    plan.request().stop())));
        }
    }

    /** Comes with its request, at a gateway that lives. */
    void connect() {
        if (isOver()) {
            return;
        }
        GatewayNode gateway = cluster.gateway(plan.gateway() + connections).orElse(null);
        if (gateway == null) {
            cluster.after(PAUSE_NANOS, this::connect);
            return;
        }
        Connection opened = new Connection(cluster, this, gateway);
        openedNanos = connections++ == 0 ? cluster.now() : openedNanos;
        connection = opened;
        phase = Phase.CONNECTED;
        accepted = false;
        stalled = false;
        choices.forEach(Choice::startOver);
        Message message = plan.resumable()
                ? new Message.AttachTo(new AttachRequest<>(
                        plan.request(),
                        new Resumption(new ResumeKey("", plan.id(), 0), "body of " + plan.id(), plan.grace()),
                        readSoFar(),
                        opened))
                : new Message.Open(opened);
        cluster.network().send(gateway.machine(), gateway, message);
    }

    private @Nullable ReadSoFar readSoFar() {
        String tag = answer;
        return tag == null
                ? null
                : new ReadSoFar(
                        tag, choices.stream().map(choice -> choice.tokens).toList());
    }

    /** Leaves this connection, if it is the present one, and comes again at the next gateway. */
    void comeAgain(Connection left) {
        left.close();
        if (left == connection && phase == Phase.CONNECTED) {
            phase = plan.resumable() ? Phase.AWAY : Phase.GONE;
            cluster.after(PAUSE_NANOS + cluster.spread(PAUSE_NANOS), this::connect);
        }
    }

    /** What was said of its reading before may have been lost. */
    void readAgain(Connection present) {
        if (present == connection && phase == Phase.CONNECTED && !stalled) {
            present.read(true);
        }
    }

    void gatewayLost(GatewayNode gateway) {
        Connection present = connection;
        if (present != null && present.gateway() == gateway) {
            comeAgain(present);
        }
    }

    boolean isResumable() {
        return plan.resumable();
    }

    /** Whether it reads a stream of that gateway's, which another one can go on with. */
    boolean readsReplicated(GatewayNode gateway) {
        Connection present = connection;
        return plan.resumable()
                && phase == Phase.CONNECTED
                && accepted
                && !hasBehaved
                && present != null
                && present.gateway() == gateway
                && present.isReplicated();
    }

    /** Whether it is answered, or has its answer ended by itself. */
    boolean goesOn() {
        return hasBehaved || isOver() || (phase == Phase.CONNECTED && accepted);
    }

    /** The name of a sequence for its request, one of a {@code number} that no other has. */
    String sequence(int number) {
        return plan.id() + "#" + number;
    }

    /** Whether a sequence is for its request. */
    boolean isOwnerOf(String sequence) {
        return sequence.startsWith(plan.id() + "#");
    }

    /** Whether it was told that its request brings workers down. */
    boolean isConvicted() {
        return convicted;
    }

    RequestPlan plan() {
        return plan;
    }

    boolean isOver() {
        return phase == Phase.ENDED || phase == Phase.GONE;
    }

    boolean isAnswered() {
        return phase == Phase.ENDED && choices.stream().allMatch(choice -> choice.finished);
    }

    void hear(Connection from, SequenceEvent event) {
        if (phase == Phase.ENDED && plan.resumable() && event instanceof SequenceEvent.Failed) {
            // Not in the log, but for this listener, which has ended by itself.
            return;
        }
        if (phase == Phase.ENDED) {
            throw new Violation(Invariant.ONE_TERMINAL_EVENT, this + " heard " + event + " after the end");
        }
        if (phase != Phase.CONNECTED || from != connection) {
            return;
        }
        hear(event);
        switch (phase) {
            case CONNECTED -> behave(from);
            case ENDED -> from.machine().after(LINGER_NANOS, from::close);
            case AWAY, GONE -> {}
        }
    }

    private void behave(Connection from) {
        int behaviour = cluster.choose(Peril.CLIENT, from);
        hasBehaved |= behaviour != 0;
        switch (behaviour) {
            case 1 -> {
                phase = Phase.GONE;
                from.close();
            }
            case 2 -> {
                stalled = true;
                hasStalled = true;
                from.machine().after(cluster.outage(), () -> {
                    if (from == connection) {
                        stalled = false;
                        from.read(true);
                    }
                });
            }
            case 3 -> {
                if (plan.resumable()) {
                    comeAgain(from);
                }
            }
            default -> {
                if (!stalled) {
                    from.read(false);
                }
            }
        }
    }

    private void hear(SequenceEvent event) {
        if (!accepted && !(event instanceof SequenceEvent.Accepted) && !(event instanceof SequenceEvent.Failed)) {
            throw new Violation(Invariant.ORDERED_EVENTS, this + " heard " + event + " first");
        }
        switch (event) {
            case SequenceEvent.Accepted begin -> accepted(begin);
            case SequenceEvent.Routed routed -> running(routed.choice());
            case SequenceEvent.Started started -> running(started.choice());
            case SequenceEvent.Interrupted interrupted -> running(interrupted.choice());
            case SequenceEvent.PromptScored scored -> promptScored(scored);
            case SequenceEvent.Delta delta -> delta(delta);
            case SequenceEvent.ChoiceFinished finished -> finished(finished);
            case SequenceEvent.Completed completed -> completed(completed);
            case SequenceEvent.Failed failed -> failed(failed);
        }
    }

    private void accepted(SequenceEvent.Accepted event) {
        if (accepted) {
            throw new Violation(Invariant.ORDERED_EVENTS, this + " was accepted twice");
        }
        if (answer != null && !answer.equals(event.answer())) {
            throw new Violation(
                    Invariant.SAME_TOKENS, this + " reads the answer " + answer + ", not " + event.answer());
        }
        accepted = true;
        answer = event.answer();
    }

    private Choice running(int index) {
        Choice choice = choices.get(index);
        if (choice.finishedHere) {
            throw new Violation(Invariant.ORDERED_EVENTS, this + " heard of choice " + index + " after its end");
        }
        return choice;
    }

    private void promptScored(SequenceEvent.PromptScored event) {
        running(event.choice());
        long state = ChainedTokens.START;
        for (int i = 0; i < event.tokens().size(); i++) {
            state = ChainedTokens.next(state, plan.prompt().get(i));
            int target = plan.prompt().get(i + 1);
            ScoredToken expected = new ScoredToken(target, ChainedTokens.logprob(state, target), List.of());
            if (!expected.equals(event.tokens().get(i))) {
                throw new Violation(
                        Invariant.SAME_LOGPROBS,
                        this + ", prompt token " + (i + 1) + ": "
                                + event.tokens().get(i) + ", not " + expected);
            }
        }
        if (event.tokens().size() != plan.prompt().size() - 1) {
            throw new Violation(
                    Invariant.SAME_LOGPROBS,
                    this + " has scores of " + event.tokens().size() + " prompt tokens");
        }
    }

    private void delta(SequenceEvent.Delta delta) {
        Choice choice = running(delta.choice());
        for (OutputToken token : delta.tokens()) {
            List<ScoredToken> expected = choice.expected.tokens();
            ScoredToken scored = token.scored();
            if (choice.tokens >= expected.size()
                    || scored.token() != expected.get(choice.tokens).token()) {
                throw new Violation(
                        Invariant.SAME_TOKENS,
                        this + ", choice " + delta.choice() + ", token " + choice.tokens + " is " + scored.token()
                                + ", expected was "
                                + (choice.tokens < expected.size() ? expected.get(choice.tokens) : "the end"));
            }
            if (Float.compare(scored.logprob(), expected.get(choice.tokens).logprob()) != 0) {
                throw new Violation(
                        Invariant.SAME_LOGPROBS,
                        this + ", choice " + delta.choice() + ", token " + choice.tokens + " has " + scored.logprob()
                                + ", expected was " + expected.get(choice.tokens));
            }
            checkMark(choice, scored.top().getFirst());
            choice.tokens++;
        }
        addText(choice, delta.text());
    }

    private void checkMark(Choice choice, TokenLogprob mark) {
        long epoch = (long) mark.logprob();
        if (epoch < choice.markEpoch || (epoch == choice.markEpoch && mark.token() < choice.markAttempt)) {
            throw new Violation(
                    Invariant.NO_SUPERSEDED_TOKENS,
                    this + " heard a token of attempt " + mark.token() + " of epoch " + epoch + " after one of attempt "
                            + choice.markAttempt + " of epoch " + choice.markEpoch);
        }
        choice.markEpoch = epoch;
        choice.markAttempt = mark.token();
    }

    private void addText(Choice choice, String text) {
        choice.text.append(text);
        if (!choice.expected.text().startsWith(choice.text.toString())) {
            throw new Violation(
                    Invariant.SAME_TEXT, this + " has '" + choice.text + "' of '" + choice.expected.text() + "'");
        }
    }

    private void finished(SequenceEvent.ChoiceFinished event) {
        Choice choice = running(event.choice());
        choice.finishedHere = true;
        if (choice.finished) {
            // It is told again to a client that has come again.
            return;
        }
        choice.finished = true;
        addText(choice, event.text());
        Answer expected = choice.expected;
        if (choice.tokens != expected.tokens().size()) {
            throw new Violation(
                    Invariant.SAME_TOKENS,
                    this + ", choice " + event.choice() + " ends after " + choice.tokens + " tokens of "
                            + expected.tokens().size());
        }
        if (!expected.text().contentEquals(choice.text)
                || event.reason() != expected.reason()
                || !Objects.equals(event.stopString(), expected.stopString())) {
            throw new Violation(
                    Invariant.SAME_TEXT,
                    this + " ends with '" + choice.text + "', " + event + ", expected was " + expected);
        }
    }

    private void completed(SequenceEvent.Completed event) {
        phase = Phase.ENDED;
        int tokens = 0;
        for (Choice choice : choices) {
            tokens += choice.tokens;
        }
        if (!isAnswered() || event.usage().output() != tokens) {
            throw new Violation(Invariant.SAME_TOKENS, this + " is told " + event + " after " + tokens + " tokens");
        }
    }

    private void failed(SequenceEvent.Failed event) {
        FailureKind kind = event.kind();
        Connection present = connection;
        if (present != null && plan.resumable() && isToComeAgain(kind)) {
            comeAgain(present);
            return;
        }
        phase = Phase.ENDED;
        boolean hasReason = switch (kind) {
            case DEADLINE -> cluster.now() - openedNanos >= plan.timeout().toNanos();
            case SLOW_READER ->
                hasStalled || (present != null && present.machine().wasFrozen());
            case OVERLOADED -> !accepted && cluster.mayBeFull();
            case TENANT_LIMIT -> !accepted && cluster.mayBeFull(plan.request().tenant());
            case INTERNAL -> cluster.mayHaveLostAllAttempts();
            case INVALID,
                    TOO_LONG,
                    NOT_DEPLOYED,
                    DRAINING,
                    DETACHED,
                    MOVED,
                    CUT_OFF,
                    RESUME_CONFLICT,
                    RESUME_NOT_FOUND -> false;
            case CRASHES_WORKERS -> {
                if (plan.poison() == null) {
                    throw new Violation(Invariant.ONLY_THE_GUILTY, this + " is told " + event);
                }
                convicted = true;
                yield true;
            }
        };
        if (!hasReason) {
            throw new Violation(Invariant.NO_NEEDLESS_FAILURE, this + " is told " + event);
        }
    }

    private static boolean isToComeAgain(FailureKind kind) {
        return switch (kind) {
            case MOVED, DETACHED, OVERLOADED, TENANT_LIMIT, CUT_OFF -> true;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return "client of " + plan.id();
    }
}
