package troupe.actors;

import akka.actor.typed.ActorRef;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.KvChanges;

/** What a batcher tells the gateways of its worker: that it is up, its load, what its engine has cached, its end. */
final class WorkerNews {
    /**
     * The engine that is up, and how the gateways are to see it.
     *
     * @param maxSequences in its batch
     * @param draining it takes nothing new, so nobody needs to know it who does not
     */
    record Engine(WorkerId worker, ExecutorInfo info, int maxSequences, boolean draining) {}

    private final Protocol protocol;
    private final ModelId model;
    private final ProcessId process;
    private final ActorRef<Batcher.Command> self;
    private final Set<ActorRef<Gateway.Command>> gateways;
    /** Those that know the engine that is up. */
    private final Set<ActorRef<Gateway.Command>> registered = new HashSet<>();

    private CacheFeed cache = new CacheFeed();

    /** @param gateways that are known at the beginning */
    WorkerNews(
            Protocol protocol,
            ModelId model,
            ProcessId process,
            ActorRef<Batcher.Command> self,
            Set<ActorRef<Gateway.Command>> gateways) {
        this.protocol = protocol;
        this.model = model;
        this.process = process;
        this.self = self;
        this.gateways = new HashSet<>(gateways);
    }

    /** A gateway that gave the worker something to do. */
    void add(ActorRef<Gateway.Command> gateway) {
        gateways.add(gateway);
    }

    /** The gateways are these from now on; new ones hear of the engine. Gives those that are gone. */
    Set<ActorRef<Gateway.Command>> replace(Set<ActorRef<Gateway.Command>> known, @Nullable Engine engine) {
        Set<ActorRef<Gateway.Command>> gone = new HashSet<>(gateways);
        gone.removeAll(known);
        gateways.removeAll(gone);
        registered.removeAll(gone);
        for (ActorRef<Gateway.Command> gateway : known) {
            if (gateways.add(gateway)) {
                announce(gateway, engine);
            }
        }
        return gone;
    }

    /** A gateway knows the engine from now on; it is told its load, without which it gives the engine nothing. */
    void registered(ActorRef<Gateway.Command> gateway, @Nullable Engine engine, Optional<EngineStats> stats) {
        if (registered.add(gateway) && engine != null) {
            stats.ifPresent(known -> tellLoad(gateway, engine, known));
        }
    }

    /** A gateway does not know the worker, or no longer: it is told again. */
    void unknown(ActorRef<Gateway.Command> gateway, @Nullable Engine engine) {
        registered.remove(gateway);
        announce(gateway, engine);
    }

    /** A sign of life to those that know the engine, its introduction to the others. */
    void heartbeat(Engine engine, EngineStats stats) {
        for (ActorRef<Gateway.Command> gateway : gateways) {
            if (registered.contains(gateway)) {
                tellLoad(gateway, engine, stats);
            } else {
                announce(gateway, engine);
            }
        }
    }

    private void tellLoad(ActorRef<Gateway.Command> gateway, Engine engine, EngineStats stats) {
        gateway.tell(new Gateway.WorkerLoad(engine.worker(), stats, engine.draining(), cache.number(), self));
    }

    void cacheChanged(WorkerId worker, KvChanges changes) {
        if (changes.isEmpty()) {
            return;
        }
        cache.add(changes);
        for (ActorRef<Gateway.Command> gateway : registered) {
            gateway.tell(new Gateway.CacheChanged(worker, cache.number(), changes, self));
        }
    }

    /** All that the engine has cached, in parts. */
    void sendCache(WorkerId worker, ActorRef<Gateway.Command> gateway) {
        List<KvChanges> chunks = cache.snapshot();
        for (int i = 0; i < chunks.size(); i++) {
            boolean last = i == chunks.size() - 1;
            gateway.tell(new Gateway.CacheSnapshot(worker, cache.number(), i, last, chunks.get(i), self));
        }
    }

    /** The engine is gone with all its attempts and all that it had cached. */
    void down(WorkerId worker, DeathCause cause, String text) {
        cache = new CacheFeed();
        registered.clear();
        for (ActorRef<Gateway.Command> gateway : gateways) {
            gateway.tell(new Gateway.WorkerDown(worker, cause, text));
        }
    }

    private void announce(ActorRef<Gateway.Command> gateway, @Nullable Engine engine) {
        if (engine != null && !engine.draining()) {
            gateway.tell(new Gateway.WorkerUp(
                    engine.worker(), protocol, model, engine.info(), engine.maxSequences(), process, self));
        }
    }
}
