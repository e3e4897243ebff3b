package troupe.cluster.simulation.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import troupe.actors.AttemptRouter;
import troupe.actors.FailureKind;
import troupe.actors.GenerationRequest;
import troupe.actors.ListenerMessage;
import troupe.actors.Prompt;
import troupe.actors.ResumableStart;
import troupe.actors.SequenceEffect;
import troupe.actors.SequenceEvent;
import troupe.actors.SequenceState;
import troupe.actors.SignOfLife;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.SequenceRecord;
import troupe.actors.resume.TokenTail;
import troupe.engine.AttemptKey;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/** The owner of one request: what {@code Sequence} does around {@link SequenceState}. */
final class SequenceNode implements Endpoint {
    private final FaultyCluster cluster;
    private final String id;
    private final long epoch;
    private final GenerationRequest request;
    private final GatewayNode gateway;
    private final @Nullable ResumableStart resumable;
    private final Map<WorkerId, WorkerNode> batchers = new HashMap<>();
    private final List<WorkerNode> watchers = new ArrayList<>();
    private final TokenIds prompt;
    private final SamplingParams sampling;
    private final long seed;
    private final SequenceState state;
    private final long deadlineNanos;
    /** Gets better by waiting for a worker. */
    private int priority;

    private @Nullable Connection listener;
    private boolean begun;
    private boolean finished;
    private boolean ended;
    private boolean dropped;
    /** No other gateway had a replica when its answer began. */
    private boolean alone;

    private boolean spoke;
    /** Counts the times that the grace began or was called off. */
    private int graces;

    SequenceNode(
            FaultyCluster cluster,
            String id,
            long epoch,
            GenerationRequest request,
            GatewayNode gateway,
            @Nullable ResumableStart resumable) {
        this.cluster = cluster;
        this.id = id;
        this.epoch = epoch;
        this.request = request;
        this.gateway = gateway;
        this.resumable = resumable;
        prompt = request.prompt() instanceof Prompt.Tokens(var ids) ? ids : TokenIds.EMPTY;
        sampling = request.sampling();
        priority = request.priority();
        seed = Objects.requireNonNull(request.seed());
        deadlineNanos = cluster.now() + timeout().toNanos();
        int maxUnread = cluster.plan().maxUnread();
        state = new SequenceState(accepted(), epoch, request, sampling, cluster.model(), maxUnread, resumable, seed);
    }

    /** Nobody reads through the reference here: what is read comes as a message. */
    @SuppressWarnings("NullAway")
    private SequenceEvent.Accepted accepted() {
        return new SequenceEvent.Accepted(id, prompt, 0, null, Client.READ_EVERY, null);
    }

    private Duration timeout() {
        return Objects.requireNonNull(request.timeout());
    }

    String id() {
        return id;
    }

    long epoch() {
        return epoch;
    }

    Tenant tenant() {
        return request.tenant();
    }

    /** Whether another gateway is needed to go on with it, and has what it takes. */
    boolean isReplicated() {
        return !alone && !finished;
    }

    @Override
    public Machine machine() {
        return gateway.machine();
    }

    @Override
    public void receive(Message message) {
        if (ended) {
            return;
        }
        if (message instanceof Message.Start(var first)) {
            start(first);
        } else if (begun) {
            perform(effects(message));
        } else {
            throw new IllegalStateException(this + " got " + message + " before its start");
        }
    }

    private List<SequenceEffect> effects(Message message) {
        return switch (message) {
            case Message.Selected(var attempt, var selection, var numericsId, var batcher, var reached, var claim) -> {
                batchers.put(selection.worker(), batcher);
                priority = Math.min(priority, reached);
                yield state.onSelected(attempt, selection, numericsId, claim);
            }
            case Message.NoWorker(var attempt) -> state.onNoWorker(attempt);
            case Message.Admitted(var attempt, var admission) -> {
                send(gateway, new Message.Settled(attempt));
                yield state.onAdmission(attempt, admission);
            }
            case Message.Progress(var worker, var events) -> state.onEvents(worker, events);
            case Message.Dropped(var attempt) -> state.onDropped(attempt);
            case Message.WorkerLost(var worker, var cause) -> state.onWorkerLost(worker, cause);
            case Message.Verdict(var worker, var cause) -> state.onVerdict(worker, cause, true);
            case Message.Reserved(var attempt, var granted) -> state.onReserved(attempt, granted);
            case Message.Read(var count, var attachment) -> state.onRead(attachment, count);
            case Message.Abort(var kind, var text) -> state.onAbort(kind, text);
            case Message.Attach(var connection, var read) -> onAttach(connection, read);
            case Message.ListenerGone(var gone) -> {
                if (gone != listener) {
                    yield List.of();
                }
                listener = null;
                startGrace();
                yield resumable == null ? state.onAbandoned() : state.onDetached();
            }
            case Message.Replicated(var isAlone) -> {
                alone = isAlone;
                yield state.onReplicated();
            }
            case Message.SendTokens(var from) -> state.onSendTokens(from);
            case Message.Supersede() -> state.onSuperseded();
            case Message.Detach() -> {
                sendElsewhere();
                yield state.onDetached();
            }
            case Message.Drop() -> {
                dropped = true;
                yield listener == null ? state.onAbandoned() : List.of();
            }
            default -> throw new IllegalArgumentException(this + " got " + message);
        };
    }

    private void start(@Nullable Connection first) {
        begun = true;
        ResumableStart known = resumable;
        if (known != null) {
            send(gateway.resumables(), new Message.Begun(known.resumption(), this, first));
            machine().every(SignOfLife.INTERVAL.toNanos(), () -> {
                signOfLife();
                return !ended;
            });
            startGrace();
        }
        machine().after(timeout().toNanos(), () -> {
            if (!ended && !finished) {
                perform(state.onAbort(FailureKind.DEADLINE, "the deadline has passed"));
            }
        });
        machine().every(cluster.timing().silenceLimit().toNanos() / 4, () -> {
            boolean ticks = !ended && (!finished || state.hasReleased());
            if (ticks) {
                perform(state.onTick());
            }
            return ticks;
        });
        if (first != null) {
            attached(first);
            perform(state.onAttached(known == null ? null : known.read()));
        }
        perform(state.begin());
    }

    private List<SequenceEffect> onAttach(Connection connection, @Nullable ReadSoFar read) {
        SequenceEvent.Failed refusal = state.refusal(read).orElse(null);
        if (refusal != null) {
            send(connection, new Message.Heard(refusal, this));
            return List.of();
        }
        attached(connection);
        return state.onAttached(read);
    }

    private void attached(Connection arrived) {
        Connection former = listener;
        if (arrived == former) {
            return;
        }
        if (former != null) {
            send(
                    former,
                    new Message.Heard(
                            new SequenceEvent.Failed(id, FailureKind.DETACHED, "another connection has attached"),
                            this));
        }
        listener = arrived;
        graces++;
        arrived.watchedBy(this);
    }

    /** The client finds the request at a gateway that is not cut off. */
    private void sendElsewhere() {
        if (listener != null) {
            tell(new SequenceEvent.Failed(id, FailureKind.CUT_OFF, "the gateway is cut off from most others"));
            listener = null;
            startGrace();
        }
    }

    /** Death watch: a connection is closed. */
    void listenerGone(Connection gone) {
        if (!ended) {
            long nanos = gone.machine().isAlive() ? 0 : cluster.timing().removalNanos();
            cluster.network().sendReliably(gone.machine(), nanos, this, new Message.ListenerGone(gone));
        }
    }

    private void startGrace() {
        if (resumable != null) {
            int grace = ++graces;
            long nanos = dropped ? 0 : resumable.resumption().grace().toNanos();
            machine().after(nanos, () -> {
                if (!ended && grace == graces) {
                    perform(state.onAbandoned());
                }
            });
        }
    }

    private void signOfLife() {
        if (!ended && !spoke) {
            tell(new SignOfLife(id, state.sent()));
        }
        spoke = false;
    }

    private void tell(ListenerMessage message) {
        Connection present = listener;
        if (present != null) {
            send(present, new Message.Heard(message, this));
            spoke = true;
        }
    }

    private void perform(List<SequenceEffect> effects) {
        boolean opening = false;
        for (SequenceEffect effect : effects) {
            switch (effect) {
                case SequenceEffect.Emit(var event) -> {
                    opening |= event instanceof SequenceEvent.Accepted;
                    checkAttempt(event, opening);
                    tell(event);
                }
                case SequenceEffect.EmitLogged(var event) -> tell(event);
                case SequenceEffect.Lost ignored -> {}
                case SequenceEffect.Select(var attempt, var tokens, var numericsId, var avoid, var isolated) -> {
                    cluster.attempts().current(attempt);
                    send(
                            gateway,
                            new Message.Select(new AttemptRouter.Ask<>(
                                    new WorkerSelector.Demand(
                                            attempt, request.model(), tokens, request.cacheSalt(), numericsId, avoid),
                                    request.tenant(),
                                    priority,
                                    sampling.maxTokens(),
                                    isolated,
                                    this)));
                }
                case SequenceEffect.Submit(var worker, var attempt, var output) ->
                    tellWorker(worker, submission(attempt, output));
                case SequenceEffect.Settle(var attempt) -> send(gateway, new Message.Settled(attempt));
                case SequenceEffect.Cancel(var worker, var attempt) -> {
                    send(gateway, new Message.Settled(attempt));
                    tellWorker(worker, new Message.Cancel(attempt));
                }
                case SequenceEffect.Acknowledge(var worker, var attempt, var next) ->
                    tellWorker(worker, new Message.Acknowledge(attempt, next));
                case SequenceEffect.Resend(var worker, var attempt, var from) ->
                    tellWorker(worker, new Message.Resend(attempt, from, this));
                case SequenceEffect.RetryLater(var choice, var delay) ->
                    machine().after(delay.toNanos(), () -> {
                        if (!ended) {
                            perform(state.onRetry(choice));
                        }
                    });
                case SequenceEffect.Reserve(var worker, var attempt, var claim) ->
                    tellWorker(worker, new Message.Reserve(attempt, claim, this));
                case SequenceEffect.Rejoin() -> send(gateway, new Message.Rejoined(id));
                case SequenceEffect.Release(var worker) -> tellWorker(worker, new Message.Release(id));
                // Its client sees whether that is right.
                case SequenceEffect.Convict() -> {}
                case SequenceEffect.Replicate(var numericsId) -> replicate(numericsId);
                case SequenceEffect.Tail(var choice, var from, var tokens) ->
                    send(gateway.resumables(), new Message.Tail(new TokenTail(id, epoch, choice, from, tokens)));
                case SequenceEffect.Finished(var bytes) -> {
                    finished = true;
                    send(gateway, new Message.SequenceEnded(this));
                    send(gateway.resumables(), new Message.Finished(this, bytes));
                }
                case SequenceEffect.End() -> end();
            }
        }
    }

    private void replicate(String numericsId) {
        ResumableStart known = resumable;
        if (known != null) {
            GenerationRequest settled = request.within(Duration.ofNanos(Math.max(0, deadlineNanos - cluster.now())));
            send(
                    gateway.resumables(),
                    new Message.Accepted(new SequenceRecord(id, epoch, settled, known.resumption(), numericsId)));
        }
    }

    private Message.Submit submission(AttemptKey attempt, TokenIds output) {
        return new Message.Submit(
                attempt,
                prompt,
                output,
                sampling,
                seed,
                priority,
                Math.max(0, deadlineNanos - cluster.now()),
                request.cacheSalt(),
                request.tenant(),
                this,
                gateway);
    }

    /** {@code held}: the event may be older than the attempt that is current now. */
    private void checkAttempt(SequenceEvent event, boolean held) {
        if (!held && event instanceof SequenceEvent.Delta delta) {
            for (SequenceEvent.OutputToken token : delta.tokens()) {
                cluster.attempts().check(id, delta.choice(), token.scored());
            }
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        send(gateway, new Message.SequenceEnded(this));
        if (resumable != null) {
            send(gateway.resumables(), new Message.Freed(this));
        }
        gateway.stopped(this);
        watchers.forEach(watcher -> goneFor(watcher, 0));
    }

    /** A worker wants to hear of the end of this node. */
    void watchedBy(WorkerNode watcher) {
        if (!machine().isAlive()) {
            goneFor(watcher, cluster.timing().removalNanos());
        } else if (ended) {
            goneFor(watcher, 0);
        } else {
            watchers.add(watcher);
        }
    }

    /** Its machine is dead. */
    void lost() {
        ended = true;
        watchers.forEach(watcher -> goneFor(watcher, cluster.timing().removalNanos()));
    }

    private void goneFor(WorkerNode watcher, long nanos) {
        cluster.network().sendReliably(machine(), nanos, watcher, new Message.OwnerGone(this));
    }

    private void tellWorker(WorkerId worker, Message message) {
        WorkerNode batcher = batchers.get(worker);
        if (batcher != null) {
            send(batcher, message);
        }
    }

    private void send(Endpoint to, Message message) {
        cluster.network().send(machine(), to, message);
    }

    @Override
    public String toString() {
        return id + "/" + Long.toHexString(epoch) + "@" + machine();
    }
}
