package troupe.cli;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import troupe.actors.EngineFactory;
import troupe.actors.EngineHandle;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.TokenRate;
import troupe.engine.EngineListener;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;

/** Starts a replica's engines, and knows how the one that is there fares. */
final class WatchedReplica implements EngineFactory {
    private static final int RATE_SECONDS = 5;

    private final String name;
    private final String model;
    private final EngineFactory engines;
    private final EventLog events;
    private final LongSupplier nanoClock;
    private final TokenRate generated = new TokenRate();

    private ClusterView.ReplicaStatus status = ClusterView.ReplicaStatus.ASSIGNED;
    private @Nullable EngineHandle engine;
    private @Nullable String message;

    WatchedReplica(String name, String model, EngineFactory engines, EventLog events, LongSupplier nanoClock) {
        this.name = name;
        this.model = model;
        this.engines = engines;
        this.events = events;
        this.nanoClock = nanoClock;
    }

    @Override
    public EngineHandle start(EngineListener listener) {
        Watch watch = new Watch(listener);
        become(ClusterView.ReplicaStatus.LOADING, null, null);
        try {
            EngineHandle started = engines.start(watch);
            synchronized (this) {
                if (!watch.died) {
                    become(ClusterView.ReplicaStatus.READY, started, null);
                    events.add("ready", name, "replica " + name + " of " + model + " is ready");
                }
            }
            return started;
        } catch (RuntimeException | Error e) {
            fail("did not start: " + e);
            throw e;
        }
    }

    /** How it stands at this moment. */
    synchronized ClusterView.Replica view() {
        EngineHandle running = engine;
        EngineStats stats = running == null ? new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) : running.stats();
        return new ClusterView.Replica(
                name,
                model,
                status,
                stats.running(),
                stats.waiting(),
                stats.usedBlocks(),
                stats.totalBlocks(),
                generated.perSecond(RATE_SECONDS, nanoClock.getAsLong()),
                stats.prefixQueries() == 0 ? 0 : (double) stats.prefixHits() / stats.prefixQueries(),
                message);
    }

    private synchronized void become(
            ClusterView.ReplicaStatus next, @Nullable EngineHandle with, @Nullable String why) {
        status = next;
        engine = with;
        message = why;
    }

    private synchronized void fail(String why) {
        become(ClusterView.ReplicaStatus.FAILED, null, why);
        events.add("lost", name, "replica " + name + " of " + model + " " + why);
    }

    /** Listens to one engine. */
    private final class Watch implements EngineListener {
        private final EngineListener listener;
        private long generatedBefore;
        private boolean died;

        Watch(EngineListener listener) {
            this.listener = listener;
        }

        @Override
        public void onStep(StepReport report) {
            long now = report.stats().generatedTokens();
            if (now > generatedBefore) {
                generated.add(now - generatedBefore, nanoClock.getAsLong());
                generatedBefore = now;
            }
            listener.onStep(report);
        }

        @Override
        public void onDeath(Throwable cause) {
            synchronized (WatchedReplica.this) {
                died = true;
                fail("died: " + cause);
            }
            listener.onDeath(cause);
        }
    }
}
