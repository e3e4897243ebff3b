package troupe.http;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import troupe.actors.RequestTag;
import troupe.actors.SequenceEvent;

/**
 * Times one request by its events, counts it in the metrics, and writes its line in the log when it ends.
 *
 * <p>Made when the request arrives. Its end is that of its response, or for a streamed answer that of the stream; only the
 * first end counts.
 */
final class RequestTrace {
    private static final Logger LOG = LoggerFactory.getLogger("troupe.request");

    /** The failure of a request whose client has gone. */
    static final String ABORT = "abort";

    /** Who hears of every request. */
    record Observers(Metrics metrics, Figures figures, RecentRequests recent, Telemetry telemetry) {}

    private final RequestTag tag;
    private final Timeline timeline;
    private final Observers observers;
    private final LongSupplier nanoClock;
    private final long begin;
    private final Map<Integer, Long> lastToken = new HashMap<>();
    /** First choices of prompts that have been scheduled. */
    private final Set<Integer> scheduled = new HashSet<>();

    /** Prompts that have not been answered in full; nothing is generated where there are none. */
    private int openPrompts;

    /** Of the request's model; null where it has none, or none yet. */
    private @Nullable RequestMetrics metrics;

    private Caller caller = Caller.ANYONE;
    private Runnable onEnd = () -> {};
    private int waitingPrompts;
    private boolean generates;
    private boolean streams;
    private boolean hasToken;
    private String finishReason = "";
    private @Nullable String failure;
    private boolean ended;

    RequestTrace(Timeline.Head head, Observers observers, LongSupplier nanoClock) {
        this.observers = observers;
        this.nanoClock = nanoClock;
        tag = head.tag();
        timeline = new Timeline(head);
        begin = head.receivedNanos();
    }

    RequestTag tag() {
        return tag;
    }

    /** The request is this one's, whom its end is told. */
    synchronized void isFrom(Caller sender) {
        caller = sender;
        timeline.isFrom(sender.tenant().name());
    }

    synchronized Caller caller() {
        return caller;
    }

    /** The request asks for an answer: operators see it from now on. */
    void show() {
        observers.recent().add(timeline);
    }

    /** Runs {@code action} at the end, once. */
    synchronized void onEnd(Runnable action) {
        onEnd = action;
    }

    /** The request is for a model that is deployed. */
    synchronized void isFor(String model) {
        metrics = observers.metrics().of(model);
        timeline.isFor(model);
    }

    /** The request is understood: {@code prompts} are to be continued by its model. */
    synchronized void generates(int prompts) {
        generates = true;
        openPrompts = prompts;
        waiting(prompts);
        timeline.parsed(nanoClock.getAsLong());
    }

    /** An event of choice {@code choice}, counted over all prompts. */
    synchronized void on(int choice, SequenceEvent event) {
        long now = nanoClock.getAsLong();
        RequestMetrics counted = Objects.requireNonNull(metrics, "a request that generates has a model");
        timeline.on(choice, event, now);
        switch (event) {
            case SequenceEvent.Accepted accepted -> {
                observers.figures().prompt(accepted.prompt().size(), now);
                waiting(-1);
            }
            case SequenceEvent.Started started -> {
                if (started.choice() == 0 && scheduled.add(choice)) {
                    observers.figures().cached(started.cachedTokens(), now);
                }
            }
            case SequenceEvent.Interrupted ignored -> {}
            case SequenceEvent.Routed ignored -> {}
            case SequenceEvent.PromptScored ignored -> {}
            case SequenceEvent.Delta delta ->
                onTokens(counted, choice, delta.tokens().size(), now);
            case SequenceEvent.ChoiceFinished finished -> {
                finishReason = TokenRenderer.finishReason(finished);
                counted.choiceFinished(finishReason);
            }
            case SequenceEvent.Completed ignored -> openPrompts--;
            case SequenceEvent.Failed failed ->
                failure = ApiException.of(failed, "prompt").reason();
        }
    }

    /** So many more of its prompts wait for a worker. */
    private void waiting(int more) {
        RequestMetrics counted = metrics;
        if (counted != null && waitingPrompts + more >= 0) {
            waitingPrompts += more;
            counted.waiting(more);
        }
    }

    private void onTokens(RequestMetrics counted, int choice, int count, long now) {
        if (count == 0) {
            return;
        }
        observers.figures().output(count, now);
        if (!hasToken) {
            hasToken = true;
            counted.timeToFirstToken(now - begin);
            observers.figures().timeToFirstToken(now - begin, now);
        }
        Long last = lastToken.put(choice, now);
        if (last != null) {
            counted.interTokenLatency((now - last) / count, count);
            observers.figures().interTokenLatency((now - last) / count, count, now);
        }
    }

    /** The response is ready; a streamed answer that follows it ends with {@link #streamEnded}. */
    synchronized void responded(int status) {
        if (!streams) {
            end(status, null);
        }
    }

    /** The response is an error. */
    synchronized void refused(ApiException refusal) {
        end(refusal.status(), refusal.reason());
    }

    /** The answer will be streamed. */
    synchronized void streams() {
        streams = true;
    }

    /** No more events come: the answer is complete, has failed, or nobody reads it any more. */
    synchronized void streamEnded(@Nullable Throwable cause) {
        if (failure == null && openPrompts > 0) {
            failure = cause instanceof SlowReaderException ? "slow_reader" : ABORT;
        }
        end(200, failure);
    }

    private void end(int status, @Nullable String reason) {
        if (ended) {
            return;
        }
        ended = true;
        onEnd.run();
        waiting(-waitingPrompts);
        timeline.ended(status, reason == null ? finishReason : reason, nanoClock.getAsLong());
        Waterfall waterfall = timeline.snapshot();
        caller.close(waterfall.promptTokens(), waterfall.outputTokens());
        RequestMetrics counted = metrics;
        if (reason != null) {
            count(counted, reason);
        } else if (counted != null && generates) {
            count(counted, waterfall);
        }
        if (generates) {
            observers.telemetry().export(waterfall).ifPresent(timeline::traced);
        }
        log(timeline.snapshot());
    }

    /** What names no model that is here counts under none: a client's words are no label. */
    private void count(@Nullable RequestMetrics counted, String reason) {
        if (counted == null) {
            observers.metrics().refused(reason);
        } else if (reason.equals(ABORT)) {
            counted.aborted();
        } else {
            counted.failed(reason);
        }
    }

    private static void count(RequestMetrics counted, Waterfall complete) {
        long first = complete.firstToken();
        long prefillBegin = complete.attempts().isEmpty()
                ? first
                : complete.attempts().getFirst().prefillBegin();
        counted.finished(
                complete.ended(),
                complete.waited(),
                queuedNanos(complete),
                first == Waterfall.NEVER ? 0 : first - prefillBegin,
                first == Waterfall.NEVER ? 0 : complete.ended() - first);
    }

    /** For a worker, and of its first attempt at its worker; 0 where that has not been scheduled. */
    private static long queuedNanos(Waterfall waterfall) {
        if (waterfall.attempts().isEmpty()) {
            return waterfall.waited();
        }
        Waterfall.Attempt first = waterfall.attempts().getFirst();
        return waterfall.waited()
                + (first.prefillBegin() == Waterfall.NEVER ? 0 : first.prefillBegin() - first.submitted());
    }

    private static void log(Waterfall request) {
        LoggingEventBuilder line = LOG.atInfo().addKeyValue("id", request.id());
        if (request.clientId() != null) {
            line = line.addKeyValue("client_request_id", request.clientId());
        }
        if (request.traceId() != null) {
            line = line.addKeyValue("trace_id", request.traceId());
        }
        if (!request.tenant().isEmpty()) {
            line = line.addKeyValue("tenant", request.tenant());
        }
        line.addKeyValue("model", request.model())
                .addKeyValue("prompt_tokens", request.promptTokens())
                .addKeyValue("cached_tokens", request.cachedTokens())
                .addKeyValue("output_tokens", request.outputTokens())
                .addKeyValue("queue_ms", millis(queuedNanos(request)))
                .addKeyValue("ttft_ms", request.firstToken() == Waterfall.NEVER ? -1 : millis(request.firstToken()))
                .addKeyValue("total_ms", millis(request.ended()))
                .addKeyValue("finish_reason", request.reason())
                .addKeyValue("status", request.status())
                .log("request");
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1_000d) / 1_000d;
    }
}
