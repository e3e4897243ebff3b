package troupe.actors;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;

/**
 * A worker's lines about its attempts: one for each when it ends, which names its request, so that one search through the
 * logs of all nodes shows where a request ran and how it went there. Where the request's gateway is on this node, which
 * writes a line about the request itself, a good end is told at DEBUG only.
 *
 * <p>Holds what its engine has accepted and not ended, which the engine bounds.
 */
final class AttemptLog {
    private static final Logger LOG = LoggerFactory.getLogger("troupe.attempt");

    private static final class Entry {
        final RequestTag request;
        final Level level;
        final long begunNanos;
        final int promptTokens;
        int cachedTokens;
        int outputTokens;

        Entry(Batcher.Submit submit, long nowNanos) {
            request = submit.request();
            level = submit.gateway().path().address().hasLocalScope() ? Level.DEBUG : Level.INFO;
            begunNanos = nowNanos;
            promptTokens = submit.prompt().size() + submit.output().size();
        }
    }

    private final String worker;
    private final LongSupplier nanoClock;
    private final Map<AttemptKey, Entry> open = new HashMap<>();

    AttemptLog(String worker, LongSupplier nanoClock) {
        this.worker = worker;
        this.nanoClock = nanoClock;
    }

    /** An attempt has come, perhaps again, and this is the answer. */
    void submitted(Batcher.Submit submit, Admission admission) {
        if (admission == Admission.ACCEPTED) {
            open.computeIfAbsent(submit.attempt(), ignored -> new Entry(submit, nanoClock.getAsLong()));
        } else {
            line(submit.request(), submit.attempt(), LOG.atInfo())
                    .addKeyValue("outcome", admission == Admission.FULL ? "full" : "closed")
                    .log("an attempt is refused");
        }
    }

    /** What the engine says. */
    void events(List<EngineEvent> events) {
        for (EngineEvent event : events) {
            Entry entry = open.get(event.key());
            if (entry == null) {
                continue;
            }
            switch (event) {
                case EngineEvent.Started started -> entry.cachedTokens = started.cachedTokens();
                case EngineEvent.PromptScored ignored -> {}
                case EngineEvent.Tokens tokens ->
                    entry.outputTokens += tokens.tokens().size();
                case EngineEvent.Finished finished ->
                    end(event.key(), entry.level, finished.reason().name().toLowerCase(Locale.ROOT));
                case EngineEvent.Failed failed ->
                    end(event.key(), Level.WARN, failed.reason() + ": " + failed.message());
                case EngineEvent.Cancelled ignored -> end(event.key(), entry.level, "cancelled");
            }
        }
    }

    /** The engine is gone, and with it all that it had. */
    void lost(String cause) {
        endAll(Level.WARN, "lost: " + cause);
    }

    /** The worker ends; what it has goes on elsewhere. */
    void handedOver() {
        endAll(Level.INFO, "handed over");
    }

    private void endAll(Level level, String outcome) {
        for (AttemptKey attempt : List.copyOf(open.keySet())) {
            end(attempt, level, outcome);
        }
    }

    private void end(AttemptKey attempt, Level level, String outcome) {
        Entry entry = open.remove(attempt);
        if (entry != null) {
            line(entry.request, attempt, LOG.atLevel(level))
                    .addKeyValue("prompt_tokens", entry.promptTokens)
                    .addKeyValue("cached_tokens", entry.cachedTokens)
                    .addKeyValue("output_tokens", entry.outputTokens)
                    .addKeyValue("total_ms", (nanoClock.getAsLong() - entry.begunNanos) / 1_000_000)
                    .addKeyValue("outcome", outcome)
                    .log("attempt");
        }
    }

    private LoggingEventBuilder line(RequestTag request, AttemptKey attempt, LoggingEventBuilder line) {
        return request.in(line)
                .addKeyValue("sequence", attempt.sequence())
                .addKeyValue("choice", attempt.choice())
                .addKeyValue("attempt", attempt.attempt())
                .addKeyValue("worker", worker);
    }
}
