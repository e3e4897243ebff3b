package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.AttemptLedger;
import troupe.actors.CacheFeed;
import troupe.actors.DeathCause;
import troupe.actors.EngineLifecycle;
import troupe.actors.Solitude;
import troupe.actors.WorkerId;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;
import troupe.engine.kv.KvChanges;

/** A process with one engine: what {@code Batcher} does around its ledger, its engine's life and its news. */
final class WorkerNode implements Endpoint {
    /** Of attempts: a sequence that is taken over has another one. */
    private record Owner(String sequence, long epoch) {
        static Owner of(AttemptKey attempt) {
            return new Owner(attempt.sequence(), attempt.epoch());
        }
    }

    private final FaultyCluster cluster;
    private final Machine machine;
    private final EngineLifecycle life;
    private final Set<GatewayNode> gateways;
    private final Set<GatewayNode> registered = new LinkedHashSet<>();
    private final Map<Owner, SequenceNode> owners = new HashMap<>();
    private final Set<SequenceNode> watched = new LinkedHashSet<>();
    private final Solitude solitude = new Solitude();
    private AttemptLedger<GatewayNode> ledger = new AttemptLedger<>();
    private CacheFeed cache = new CacheFeed();
    private @Nullable EngineModel engine;
    private long incarnations;

    WorkerNode(FaultyCluster cluster, Machine machine, List<GatewayNode> gateways) {
        this.cluster = cluster;
        this.machine = machine;
        this.gateways = new LinkedHashSet<>(gateways);
        Timing timing = cluster.timing();
        life = new EngineLifecycle(machine.toString(), timing.silenceLimit(), () -> ++incarnations);
        machine.after(0, () -> onStarted(life.worker().incarnation()));
        machine.every(timing.heartbeat().toNanos(), () -> {
            onHeartbeat();
            return true;
        });
        machine.every(timing.silenceLimit().toNanos() / 4, () -> {
            onTick();
            return true;
        });
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public void receive(Message message) {
        switch (message) {
            case Message.Submit submit -> onSubmit(submit);
            case Message.Cancel(var attempt) -> cancel(attempt);
            case Message.Reserve reserve -> onReserve(reserve);
            case Message.Release(var sequence) -> release(sequence);
            case Message.Acknowledge(var attempt, var next) -> {
                ledger.acknowledge(attempt, next);
                unwatchIfIdle(Owner.of(attempt));
            }
            case Message.Resend(var attempt, var from, var owner) -> {
                switch (ledger.check(attempt)) {
                    case KNOWN -> ledger.resend(attempt, from);
                    case SUPERSEDED -> send(owner, new Message.Admitted(attempt, Admission.SUPERSEDED));
                    case NEW -> send(owner, new Message.Dropped(attempt));
                }
                deliver();
            }
            case Message.StepRead(var worker, var gateway, var number) -> {
                if (worker.equals(life.worker())) {
                    ledger.read(gateway, number);
                    deliver();
                }
            }
            case Message.SendCache(var worker, var gateway) -> {
                if (worker.equals(life.worker())) {
                    sendCache(gateway);
                }
            }
            case Message.Registered(var worker, var gateway) -> {
                if (worker.equals(life.worker()) && registered.add(gateway)) {
                    life.stats().ifPresent(stats -> tellLoad(gateway, stats));
                }
            }
            case Message.Unknown(var worker, var gateway) -> {
                if (worker.equals(life.worker())) {
                    registered.remove(gateway);
                    announce(gateway);
                }
            }
            case Message.OwnerGone(var owner) -> {
                if (watched.remove(owner)) {
                    solitude.release(owner.id());
                    for (AttemptKey attempt : ledger.of(owner.id(), owner.epoch())) {
                        cancel(attempt);
                        send(owner, new Message.Dropped(attempt)); // as the actor does: it may live after all
                    }
                    unwatchIfIdle(new Owner(owner.id(), owner.epoch())); // the engine may have been kept for it alone
                }
            }
            case Message.Gateways(var known) -> onGateways(known);
            default -> throw new IllegalArgumentException(this + " got " + message);
        }
    }

    private void onSubmit(Message.Submit submit) {
        AttemptKey attempt = submit.attempt();
        gateways.add(submit.gateway());
        EngineModel current = engine;
        Admission admission = switch (ledger.check(attempt)) {
            case KNOWN -> Admission.ACCEPTED;
            case SUPERSEDED -> Admission.SUPERSEDED;
            case NEW -> admission(submit, current);
        };
        if (admission == Admission.ACCEPTED && ledger.check(attempt) == AttemptLedger.Opening.NEW) {
            if (!ledger.hasRunning()) {
                life.gotWork(cluster.now());
            }
            AttemptKey superseded = ledger.open(attempt, submit.gateway()).orElse(null);
            if (superseded != null && current != null) {
                current.cancel(superseded);
            }
            watch(attempt, submit.owner());
            if (superseded != null) {
                unwatchIfIdle(Owner.of(superseded));
            }
        }
        send(submit.owner(), new Message.Admitted(attempt, admission));
    }

    private Admission admission(Message.Submit submit, @Nullable EngineModel current) {
        if (!solitude.admits(submit.attempt().sequence())) {
            return Admission.RESERVED;
        }
        return current == null ? Admission.CLOSED : current.submit(request(submit));
    }

    private void onReserve(Message.Reserve reserve) {
        boolean granted = false;
        if (engine != null) {
            String sequence = reserve.attempt().sequence();
            boolean isIdle = life.stats()
                    .filter(stats -> stats.running() + stats.waiting() == 0)
                    .isPresent();
            granted = solitude.reserve(sequence, reserve.claim(), ledger.isAlone(sequence, isIdle));
            if (solitude.holds(sequence)) {
                watch(reserve.attempt(), reserve.owner());
            }
        }
        send(reserve.owner(), new Message.Reserved(reserve.attempt(), granted));
    }

    private void release(String sequence) {
        solitude.release(sequence);
        for (Owner owner : List.copyOf(owners.keySet())) {
            if (owner.sequence().equals(sequence)) {
                unwatchIfIdle(owner);
            }
        }
    }

    private EngineRequest request(Message.Submit submit) {
        return new EngineRequest(
                submit.attempt(),
                submit.prompt(),
                submit.output(),
                submit.sampling(),
                submit.seed(),
                submit.priority(),
                cluster.now() + submit.remainingNanos(),
                submit.cacheSalt(),
                submit.tenant());
    }

    private void watch(AttemptKey attempt, SequenceNode owner) {
        if (watched.add(owner)) {
            owner.watchedBy(this);
        }
        owners.put(Owner.of(attempt), owner);
    }

    private void cancel(AttemptKey attempt) {
        ledger.remove(attempt);
        EngineModel current = engine;
        if (current != null) {
            current.cancel(attempt);
        }
        unwatchIfIdle(Owner.of(attempt));
    }

    private void unwatchIfIdle(Owner owner) {
        if (ledger.of(owner.sequence(), owner.epoch()).isEmpty() && !solitude.holds(owner.sequence())) {
            SequenceNode node = owners.remove(owner);
            if (node != null) {
                watched.remove(node);
            }
        }
    }

    private void onStep(EngineModel of, StepReport report) {
        if (of != engine) {
            return;
        }
        DeathCause poisoned = cluster.poisonIn(report.events());
        if (poisoned == DeathCause.ENGINE_FAILURE) {
            onDeath(poisoned);
            return;
        } else if (poisoned != null) {
            cluster.kill(this, poisoned);
            return;
        }
        int fate = cluster.choose(Peril.STEP, this);
        switch (fate) {
            case 1 -> {
                onDeath(null);
                return;
            }
            case 2 -> {
                of.stop();
                return;
            }
            case 3 -> {
                cluster.kill(this, DeathCause.KILLED);
                return;
            }
            default -> cluster.disturb(machine, fate - 3);
        }
        life.stepped(report.stats(), cluster.now());
        List<EngineEvent> events = new ArrayList<>(report.events().size());
        report.events().forEach(event -> events.add(marked(event)));
        ledger.record(events).forEach(this::cancel);
        deliver();
        if (!report.cache().isEmpty()) {
            cache.add(report.cache());
            for (GatewayNode gateway : registered) {
                send(gateway, new Message.CacheChanged(life.worker(), cache.number(), report.cache(), this));
            }
        }
    }

    private void tellLoad(GatewayNode gateway, EngineStats stats) {
        send(gateway, new Message.WorkerLoad(life.worker(), stats, cache.number(), this));
    }

    /** Lets each token tell which attempt computed it. */
    private static EngineEvent marked(EngineEvent event) {
        if (!(event instanceof EngineEvent.Tokens(var key, var firstIndex, var tokens))) {
            return event;
        }
        List<TokenLogprob> mark = List.of(new TokenLogprob(key.attempt(), key.epoch()));
        List<ScoredToken> marked = new ArrayList<>(tokens.size());
        tokens.forEach(token -> marked.add(new ScoredToken(token.token(), token.logprob(), mark)));
        return new EngineEvent.Tokens(key, firstIndex, marked);
    }

    private void deliver() {
        life.stats().ifPresent(stats -> {
            for (var delivery : ledger.deliveries()) {
                send(
                        delivery.destination(),
                        new Message.StepTokens(life.worker(), delivery.number(), delivery.events(), stats, this));
            }
        });
    }

    private void onStarted(long incarnation) {
        if (life.worker().incarnation() != incarnation || life.isUp()) {
            return;
        }
        EngineModel started = cluster.engine(machine, this::onStep);
        engine = started;
        life.started(started.stats(), cluster.now());
        onHeartbeat();
    }

    private void onDeath(@Nullable DeathCause cause) {
        EngineModel dead = engine;
        if (dead != null) {
            dead.stop();
        }
        engine = null;
        watched.clear();
        owners.clear();
        ledger = new AttemptLedger<>();
        solitude.clear();
        cache = new CacheFeed();
        registered.clear();
        for (GatewayNode gateway : gateways) {
            send(gateway, new Message.WorkerDown(life.worker(), cause));
        }
        life.replace()
                .ifPresent(start -> machine.after(
                        start.pause().toNanos(), () -> onStarted(start.worker().incarnation())));
    }

    private void onHeartbeat() {
        EngineModel current = engine;
        if (current == null) {
            return;
        }
        life.stats().ifPresent(stats -> {
            for (GatewayNode gateway : gateways) {
                if (registered.contains(gateway)) {
                    tellLoad(gateway, stats);
                } else {
                    announce(gateway);
                }
            }
        });
    }

    private void onTick() {
        if (engine != null) {
            life.silence(ledger.hasRunning(), cluster.now()).ifPresentOrElse(cause -> onDeath(DeathCause.HUNG), () -> {
                ledger.tick();
                deliver();
            });
        }
    }

    private void onGateways(List<GatewayNode> known) {
        Set<GatewayNode> gone = new LinkedHashSet<>(gateways);
        known.forEach(gone::remove);
        gateways.removeAll(gone);
        registered.removeAll(gone);
        for (GatewayNode gateway : known) {
            if (gateways.add(gateway)) {
                announce(gateway);
            }
        }
        gone.forEach(ledger::forget);
    }

    private void announce(GatewayNode gateway) {
        if (engine != null) {
            send(
                    gateway,
                    new Message.WorkerUp(
                            life.worker(),
                            cluster.info(),
                            cluster.plan().limits().maxSequences(),
                            this));
        }
    }

    private void sendCache(GatewayNode gateway) {
        List<KvChanges> chunks = cache.snapshot();
        for (int i = 0; i < chunks.size(); i++) {
            boolean last = i == chunks.size() - 1;
            send(gateway, new Message.CacheSnapshot(life.worker(), cache.number(), i, last, chunks.get(i), this));
        }
    }

    private void send(Endpoint to, Message message) {
        cluster.network().send(machine, to, message);
    }

    /** Its present life. */
    WorkerId id() {
        return life.worker();
    }

    /** The engine that is up. */
    Optional<EngineModel> engine() {
        return Optional.ofNullable(engine);
    }

    /** What it still holds for requests; empty if nothing. */
    String leftovers() {
        return ledger.isEmpty() && owners.isEmpty() && watched.isEmpty()
                ? ""
                : this + " keeps " + owners.keySet() + ", watches " + watched;
    }

    /** What its engine still does; empty if nothing. */
    String work() {
        EngineModel current = engine;
        if (current == null) {
            return "";
        }
        current.verify();
        return current.isIdle() && current.stats().usedBlocks() == 0
                ? ""
                : this + " has work, " + current.stats().usedBlocks() + " KV blocks are used";
    }

    @Override
    public String toString() {
        return machine.toString();
    }
}
