package troupe.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerTable.Worker;
import troupe.engine.EngineStats;

/**
 * The workers that a gateway knows: takes those that fit it, follows their load and their prefix caches, and notices when one
 * is gone or silent. The router is told of each.
 */
final class KnownWorkers {
    /** Whoever has attempts at the workers. */
    @FunctionalInterface
    interface Losses {
        /**
         * A worker is gone.
         *
         * @param cause null where it is not known yet
         * @param wasUp it was known until now
         */
        void lost(WorkerId worker, @Nullable DeathCause cause, String text, boolean wasUp);
    }

    private final ActorContext<Gateway.Command> context;
    private final Gateway.Shared shared;
    private final WorkerTable<ActorRef<Batcher.Command>> table;
    private final AttemptRouter<ActorRef<Batcher.Command>, ActorRef<Sequence.Command>> router;
    private final Losses losses;
    private final WorkerCaches caches;
    private final WorkerCheck check;
    private final Processes processes = new Processes();
    private long lastTickNanos;

    /**
     * @param context is told {@link Gateway.BatcherGone}
     * @param table that the router looks at
     */
    KnownWorkers(
            ActorContext<Gateway.Command> context,
            Gateway.Shared shared,
            WorkerTable<ActorRef<Batcher.Command>> table,
            AttemptRouter<ActorRef<Batcher.Command>, ActorRef<Sequence.Command>> router,
            Losses losses) {
        this.context = context;
        this.shared = shared;
        this.table = table;
        this.router = router;
        this.losses = losses;
        caches = new WorkerCaches(shared.selector());
        check = new WorkerCheck(shared.protocol(), shared.models());
        lastTickNanos = now();
    }

    /** How often {@link #tick} is to be called. */
    static Duration tickInterval(Gateway.Shared shared) {
        return shared.heartbeatLimit().dividedBy(4);
    }

    /** That are up. */
    int size() {
        return table.size();
    }

    /** A worker offers itself. */
    void offered(Gateway.WorkerUp up) {
        WorkerId id = up.worker();
        switch (check.check(up)) {
            case WorkerCheck.Answer.Taken() -> take(up);
            case WorkerCheck.Answer.NotYet() -> {}
            case WorkerCheck.Answer.Refused(var reason, var news) -> {
                up.batcher().tell(new Batcher.Refused(id, reason));
                if (news) {
                    id.in(context.getLog().atError()).log("a worker is refused: {}", reason);
                }
            }
        }
    }

    private void take(Gateway.WorkerUp up) {
        WorkerId id = up.worker();
        up.batcher().tell(new Batcher.Registered(id, shared.control().orElse(null), context.getSelf()));
        table.named(id.name())
                .filter(known -> known.id().incarnation() < id.incarnation())
                .ifPresent(known -> down(known.id(), null, "a new engine took its place"));
        Worker<ActorRef<Batcher.Command>> worker = new Worker<>(id, up.model(), up.info(), up.batcher());
        if (!table.up(worker, now())) {
            return;
        }
        if (up.process() != null) {
            processes.up(id, up.process());
        }
        caches.up(id);
        askForCache(true, id, up.batcher());
        context.watchWith(up.batcher(), new Gateway.BatcherGone(id.name()));
        id.in(context.getLog().atInfo())
                .addKeyValue("model", up.model().name())
                .addKeyValue("kernels", up.info().kernels())
                .log("a worker is up");
        router.up(worker, up.maxSequences(), now());
    }

    /** A worker lives. */
    void heartbeat(Gateway.WorkerLoad load) {
        if (table.find(load.worker()).isEmpty()) {
            load.batcher().tell(new Batcher.Unknown(load.worker(), context.getSelf()));
            return;
        }
        load(load.worker(), load.stats());
        askForCache(caches.sign(load.worker(), load.cacheNumber()), load.worker(), load.batcher());
        if (load.draining() && table.drains(load.worker())) {
            router.down(load.worker());
            load.worker().in(context.getLog().atInfo()).log("a worker takes nothing new: it is drained");
        }
    }

    /** What a worker's engine does at the moment; nothing where it is not known. */
    void load(WorkerId id, EngineStats stats) {
        if (table.sign(id, now())) {
            table.load(id, stats.running() + stats.waiting());
            router.load(id, stats, now());
        }
    }

    void cacheChanged(Gateway.CacheChanged changed) {
        boolean ask = caches.changed(changed.worker(), changed.number(), changed.changes());
        askForCache(ask, changed.worker(), changed.batcher());
    }

    void cacheSnapshot(Gateway.CacheSnapshot part) {
        boolean ask = caches.snapshot(part.worker(), part.number(), part.chunk(), part.last(), part.changes());
        askForCache(ask, part.worker(), part.batcher());
    }

    /** Asks a worker for its whole cache where that is needed. */
    private void askForCache(boolean needed, WorkerId worker, ActorRef<Batcher.Command> batcher) {
        if (needed) {
            batcher.tell(new Batcher.SendCache(worker, context.getSelf()));
        }
    }

    /** A worker's engine is gone; {@code cause}: null where it is not known yet. */
    void down(WorkerId id, @Nullable DeathCause cause, String text) {
        Optional<Worker<ActorRef<Batcher.Command>>> known = table.down(id);
        known.ifPresent(worker -> {
            context.unwatch(worker.batcher());
            router.down(id);
            caches.down(id);
        });
        losses.lost(id, cause, text, known.isPresent());
    }

    /** A worker's actor is gone. */
    void batcherGone(String name) {
        table.named(name).ifPresent(worker -> down(worker.id(), null, "its actor ended"));
    }

    /** A process is gone, or cannot be reached. Nothing is lost but time if it lives: its workers register again. */
    void processGone(String node, long life) {
        allGone(processes.ofLife(node, life), "its process is gone");
    }

    /** A process has ended, and why; gives the workers that were in it, those that were known to be gone before too. */
    List<WorkerId> processEnded(String node, long pid, DeathCause cause) {
        List<WorkerId> inside = processes.ofPid(node, pid);
        allGone(inside, "its process has ended (" + cause + ")");
        return inside;
    }

    private void allGone(List<WorkerId> inside, String text) {
        for (WorkerId worker : inside) {
            if (table.find(worker).isPresent()) {
                down(worker, null, text);
            }
        }
    }

    /** Time has passed: those that have said nothing for too long are gone. */
    void tick() {
        long now = now();
        if (now - lastTickNanos > 2 * tickInterval(shared).toNanos()) {
            // This node itself stood still: what the workers said meanwhile lies in the mailbox behind this tick.
            table.signOfAll(now);
        }
        lastTickNanos = now;
        for (WorkerId silent : table.silent(shared.heartbeatLimit(), now)) {
            down(silent, null, "no sign of life for " + shared.heartbeatLimit().toMillis() + " ms");
        }
    }

    private long now() {
        return shared.nanoClock().getAsLong();
    }
}
