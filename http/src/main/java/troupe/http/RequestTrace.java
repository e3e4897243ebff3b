package troupe.http;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
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

    private final String id;
    private final @Nullable String clientId;
    private final Metrics metrics;
    private final LongSupplier nanoClock;
    private final long begin;
    private final Map<Integer, Long> lastToken = new HashMap<>();
    private long firstToken = -1;
    private long started = -1;
    private long queuedNanos;
    /** Prompts that have not been answered in full; nothing is generated where there are none. */
    private int openPrompts;

    private boolean generates;
    private boolean streams;
    private int promptTokens;
    private int cachedTokens;
    private int outputTokens;
    private String finishReason = "";
    private @Nullable String failure;
    private boolean ended;

    /** @param clientId what the client calls the request, if it says so */
    RequestTrace(String id, @Nullable String clientId, Metrics metrics, LongSupplier nanoClock) {
        this.id = id;
        this.clientId = clientId;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        begin = nanoClock.getAsLong();
    }

    /** The request is understood: {@code prompts} are to be continued. */
    synchronized void generates(int prompts) {
        generates = true;
        openPrompts = prompts;
    }

    /** An event of choice {@code choice}, counted over all prompts. */
    synchronized void on(int choice, SequenceEvent event) {
        long now = nanoClock.getAsLong();
        switch (event) {
            case SequenceEvent.Accepted accepted ->
                promptTokens += accepted.prompt().size();
            case SequenceEvent.Started scheduled -> {
                if (started < 0) {
                    started = now;
                    queuedNanos = scheduled.queuedNanos();
                }
                if (scheduled.choice() == 0) {
                    cachedTokens += scheduled.cachedTokens();
                }
            }
            case SequenceEvent.PromptScored ignored -> {}
            case SequenceEvent.Delta delta -> onTokens(choice, delta.tokens().size(), now);
            case SequenceEvent.ChoiceFinished finished -> {
                finishReason = TokenRenderer.finishReason(finished);
                metrics.choiceFinished(finishReason);
            }
            case SequenceEvent.Completed ignored -> openPrompts--;
            case SequenceEvent.Failed failed ->
                failure = ApiException.of(failed.kind(), failed.message(), "prompt")
                        .reason();
        }
    }

    private void onTokens(int choice, int count, long now) {
        if (count == 0) {
            return;
        }
        outputTokens += count;
        if (firstToken < 0) {
            firstToken = now;
            metrics.timeToFirstToken(now - begin);
        }
        Long last = lastToken.put(choice, now);
        if (last != null) {
            metrics.interTokenLatency((now - last) / count, count);
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
        long now = nanoClock.getAsLong();
        if (reason != null) {
            count(reason);
        } else if (generates) {
            metrics.requestFinished(
                    now - begin,
                    queuedNanos,
                    firstToken < 0 || started < 0 ? 0 : firstToken - started,
                    firstToken < 0 ? 0 : now - firstToken);
        }
        LoggingEventBuilder line = LOG.atInfo().addKeyValue("id", id);
        if (clientId != null) {
            line = line.addKeyValue("client_request_id", clientId);
        }
        line.addKeyValue("model", metrics.model())
                .addKeyValue("prompt_tokens", promptTokens)
                .addKeyValue("cached_tokens", cachedTokens)
                .addKeyValue("output_tokens", outputTokens)
                .addKeyValue("queue_ms", millis(queuedNanos))
                .addKeyValue("ttft_ms", firstToken < 0 ? -1 : millis(firstToken - begin))
                .addKeyValue("total_ms", millis(now - begin))
                .addKeyValue("finish_reason", reason == null ? finishReason : reason)
                .addKeyValue("status", status)
                .log("request");
    }

    private void count(String reason) {
        if (reason.equals(ABORT)) {
            metrics.aborted();
        } else {
            metrics.requestFailed(reason);
        }
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1_000d) / 1_000d;
    }
}
