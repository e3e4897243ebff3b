package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.AttemptEvent;
import troupe.actors.AttemptLedger;
import troupe.actors.AttemptRouter;
import troupe.actors.DeathCause;
import troupe.actors.GenerationRequest;
import troupe.actors.OpenPlaces;
import troupe.actors.ResumableStart;
import troupe.actors.SequenceEvent;
import troupe.actors.WorkerCaches;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.WorkerTable;
import troupe.actors.resume.AttachRequest;
import troupe.actors.resume.Epochs;
import troupe.engine.EngineStats;

/** A process that owns requests: what {@code Gateway} does around its places, its router and its table of workers. */
final class GatewayNode implements Endpoint {
    private final FaultyCluster cluster;
    private final Machine machine;
    private final ReservedSelector selector;
    private final WorkerCaches caches;
    private final ResumablesNode resumables;
    private final OpenPlaces places;
    private final WorkerTable<WorkerNode> workers = new WorkerTable<>();
    private final AttemptRouter<WorkerNode, SequenceNode> router;
    private final Map<String, SequenceNode> requests = new LinkedHashMap<>();
    private final List<SequenceNode> sequences = new ArrayList<>();
    private long lastTickNanos;

    GatewayNode(FaultyCluster cluster, Machine machine, WorkerSelector selector, int number) {
        this.cluster = cluster;
        this.machine = machine;
        this.selector = new ReservedSelector(selector);
        caches = new WorkerCaches(this.selector);
        resumables = new ResumablesNode(cluster, this, number);
        places = new OpenPlaces(cluster.plan().maxOpenRequests(), cluster.plan().tenantShare());
        router = new AttemptRouter<>(this.selector, workers, cluster.plan().ageing(), new Answers());
        lastTickNanos = cluster.now();
        machine.every(tickNanos(), () -> {
            onTick();
            return true;
        });
    }

    private long tickNanos() {
        return cluster.timing().heartbeatLimit().toNanos() / 4;
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public void receive(Message message) {
        if (message instanceof Message.StepTokens
                || message instanceof Message.Open
                || message instanceof Message.AttachTo) {
            int fate = cluster.choose(Peril.GATEWAY, this);
            if (fate == 1) {
                cluster.kill(this);
                return;
            }
            cluster.disturb(this, fate - 1);
        }
        switch (message) {
            case Message.Open(var connection) -> open(connection.client().plan().request(), connection, null);
            case Message.AttachTo attach -> send(resumables, attach);
            case Message.Begin(var attach) -> open(attach.request(), attach.listener(), attach);
            case Message.Resume(var record, var epoch, var tokens) -> {
                places.occupy(record.request().tenant());
                spawn(
                        record.sequence(),
                        epoch,
                        record.request(),
                        null,
                        new ResumableStart(record.resumption(), null, record.numericsId(), tokens));
            }
            case Message.SequenceEnded(var sequence) -> {
                if (requests.remove(sequence.id(), sequence)) {
                    places.free(sequence.tenant());
                    router.forget(sequence.id(), cluster.now());
                }
            }
            case Message.Select(var ask) -> {
                if (requests.containsKey(ask.attempt().sequence())) {
                    router.ask(ask, cluster.now());
                }
            }
            case Message.Settled(var attempt) -> router.settled(attempt, cluster.now());
            case Message.WorkerUp up -> onWorkerUp(up);
            case Message.WorkerLoad load -> onWorkerLoad(load);
            case Message.Rejoined(var sequence) -> router.rejoined(sequence);
            case Message.WorkerDown(var worker, var cause) -> down(worker, cause);
            case Message.ProcessEnded(var worker, var cause) -> {
                if (workers.find(worker).isPresent()) {
                    down(worker, null);
                }
                tellAll(new Message.Verdict(worker, cause));
            }
            case Message.BatcherGone(var batcher) ->
                workers.named(batcher.toString()).ifPresent(worker -> down(worker.id(), null));
            case Message.StepTokens step -> onStepTokens(step);
            case Message.CacheChanged(var worker, var number, var changes, var batcher) ->
                follow(caches.changed(worker, number, changes), worker, batcher);
            case Message.CacheSnapshot(var worker, var number, var chunk, var last, var changes, var batcher) ->
                follow(caches.snapshot(worker, number, chunk, last, changes), worker, batcher);
            default -> throw new IllegalArgumentException(this + " got " + message);
        }
    }

    /** A new request; {@code attach} is null where it ends with its listener. */
    private void open(GenerationRequest request, Connection connection, @Nullable AttachRequest<Connection> attach) {
        Optional<OpenPlaces.Refusal> refusal = places.take(request.tenant());
        if (refusal.isPresent()) {
            send(
                    connection,
                    new Message.Heard(
                            new SequenceEvent.Failed(
                                    "", refusal.get().kind(), refusal.get().message(), 1),
                            null));
        } else {
            spawn(
                    connection.client().sequence(cluster.nextId()),
                    Epochs.FIRST,
                    request,
                    connection,
                    attach == null ? null : new ResumableStart(attach.resumption(), attach.read(), null, List.of()));
        }
    }

    private void spawn(
            String id,
            long epoch,
            GenerationRequest request,
            @Nullable Connection connection,
            @Nullable ResumableStart resumable) {
        SequenceNode sequence = new SequenceNode(cluster, id, epoch, request, this, resumable);
        sequences.add(sequence);
        requests.put(id, sequence);
        send(sequence, new Message.Start(connection));
    }

    /** What {@code SequenceAnswers} is to actors. */
    private final class Answers implements AttemptRouter.Answers<WorkerNode, SequenceNode> {
        @Override
        public void selected(
                AttemptRouter.Ask<SequenceNode> ask,
                WorkerSelector.Selection selection,
                WorkerTable.Worker<WorkerNode> worker,
                int priority,
                boolean claim) {
            send(
                    ask.replyTo(),
                    new Message.Selected(
                            ask.attempt(), selection, worker.info().numericsId(), worker.batcher(), priority, claim));
        }

        @Override
        public void noWorker(AttemptRouter.Ask<SequenceNode> ask) {
            send(ask.replyTo(), new Message.NoWorker(ask.attempt()));
        }
    }

    private void onWorkerUp(Message.WorkerUp up) {
        WorkerId id = up.worker();
        send(up.batcher(), new Message.Registered(id, this));
        workers.named(id.name())
                .filter(known -> known.id().incarnation() < id.incarnation())
                .ifPresent(known -> down(known.id(), null));
        var worker = new WorkerTable.Worker<>(id, cluster.model().id(), up.info(), up.batcher());
        if (!workers.up(worker, cluster.now())) {
            return;
        }
        caches.up(id);
        follow(true, id, up.batcher());
        router.up(worker, up.maxSequences(), cluster.now());
    }

    private void onWorkerLoad(Message.WorkerLoad load) {
        if (workers.find(load.worker()).isEmpty()) {
            send(load.batcher(), new Message.Unknown(load.worker(), this));
            return;
        }
        onLoad(load.worker(), load.stats());
        follow(caches.sign(load.worker(), load.cacheNumber()), load.worker(), load.batcher());
    }

    private void onLoad(WorkerId worker, EngineStats stats) {
        if (workers.sign(worker, cluster.now())) {
            workers.load(worker, stats.running() + stats.waiting());
            router.load(worker, stats, cluster.now());
        }
    }

    private void follow(boolean ask, WorkerId worker, WorkerNode batcher) {
        if (ask) {
            send(batcher, new Message.SendCache(worker, this));
        }
    }

    private void down(WorkerId id, @Nullable DeathCause cause) {
        workers.down(id).ifPresent(worker -> {
            router.down(id);
            caches.down(id);
        });
        tellAll(new Message.WorkerLost(id, cause));
    }

    private void tellAll(Message message) {
        for (SequenceNode sequence : requests.values()) {
            send(sequence, message);
        }
    }

    private void onStepTokens(Message.StepTokens step) {
        onLoad(step.worker(), step.stats());
        router.events(step.events(), cluster.now());
        AttemptEvent.bySequence(step.events()).forEach((id, events) -> {
            SequenceNode sequence = requests.get(id);
            if (sequence != null) {
                send(sequence, new Message.Progress(step.worker(), events));
            }
        });
        if (step.number() % AttemptLedger.READ_EVERY == 0) {
            send(step.batcher(), new Message.StepRead(step.worker(), this, step.number()));
        }
    }

    private void onTick() {
        long now = cluster.now();
        if (now - lastTickNanos > 2 * tickNanos()) {
            workers.signOfAll(now);
        }
        lastTickNanos = now;
        workers.silent(cluster.timing().heartbeatLimit(), now).forEach(silent -> down(silent, null));
    }

    ResumablesNode resumables() {
        return resumables;
    }

    /** A sequence has ended. */
    void stopped(SequenceNode sequence) {
        sequences.remove(sequence);
    }

    /** Its machine is dead, and all its sequences with it. */
    void lost() {
        sequences.forEach(SequenceNode::lost);
    }

    private void send(Endpoint to, Message message) {
        cluster.network().send(machine, to, message);
    }

    /** What it still knows of requests; empty if nothing. */
    String leftovers() {
        return requests.isEmpty() && router.waiting() == 0 && sequences.isEmpty()
                ? resumables.leftovers()
                : this + " has " + requests.keySet() + ", waiting " + router.waiting() + ", alive " + sequences;
    }

    /** Attempts that count against workers. */
    String reservations() {
        return selector.held().isEmpty() ? "" : this + " holds " + selector.held();
    }

    @Override
    public String toString() {
        return machine.toString();
    }
}
