package troupe.engine.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineListener;
import troupe.engine.StepReport;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;

/** Keeps all that an engine reports, and lets a test wait for it. */
public final class RecordingListener implements EngineListener {
    private final List<EngineEvent> events = new ArrayList<>();
    private final List<StepReport> reports = new ArrayList<>();
    private final Map<AttemptKey, EngineEvent.Terminal> ends = new HashMap<>();
    private @Nullable Throwable cause;
    private int deaths;
    private String threadName = "";

    @Override
    public synchronized void onStep(StepReport report) {
        threadName = Thread.currentThread().getName();
        reports.add(report);
        for (EngineEvent event : report.events()) {
            events.add(event);
            if (event instanceof EngineEvent.Terminal end) {
                ends.put(event.key(), end);
            }
        }
        notifyAll();
    }

    @Override
    public synchronized void onDeath(Throwable cause) {
        this.cause = cause;
        deaths++;
        notifyAll();
    }

    /** Waits for the attempt's terminal event. */
    public synchronized EngineEvent.Terminal awaitEnd(AttemptKey key) {
        await(() -> ends.containsKey(key) || cause != null);
        EngineEvent.Terminal end = ends.get(key);
        if (end == null) {
            throw new AssertionError("the engine died before " + key + " ended", cause);
        }
        return end;
    }

    public synchronized Throwable awaitDeath() {
        await(() -> cause != null);
        return Objects.requireNonNull(cause);
    }

    private synchronized void await(BooleanSupplier condition) {
        try {
            while (!condition.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an event", e);
        }
    }

    public synchronized List<EngineEvent> events() {
        return List.copyOf(events);
    }

    public synchronized List<StepReport> reports() {
        return List.copyOf(reports);
    }

    /** The tokens that this attempt generated. */
    public synchronized TokenIds tokens(AttemptKey key) {
        TokenIds tokens = TokenIds.EMPTY;
        for (EngineEvent event : events) {
            if (event instanceof EngineEvent.Tokens more && more.key().equals(key)) {
                for (ScoredToken token : more.tokens()) {
                    tokens = tokens.append(token.token());
                }
            }
        }
        return tokens;
    }

    /** Terminal events heard for the attempt. */
    public synchronized int ends(AttemptKey key) {
        int count = 0;
        for (EngineEvent event : events) {
            if (event instanceof EngineEvent.Terminal && event.key().equals(key)) {
                count++;
            }
        }
        return count;
    }

    public synchronized int deaths() {
        return deaths;
    }

    /** The thread of the last report. */
    public synchronized String threadName() {
        return threadName;
    }
}
