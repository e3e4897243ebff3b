package troupe.http;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import kamon.metric.Histogram;

/** What a gateway counts and times of the requests for one model. Safe for use by several threads at once. */
final class RequestMetrics {
    private static final String FINISHED = "vllm.request_success";
    private static final String REASON = "finished_reason";

    private final Instruments instruments;
    private final String model;
    private final Histogram timeToFirstToken;
    private final Histogram interTokenLatency;
    private final Histogram endToEnd;
    private final Histogram queueTime;
    private final Histogram prefillTime;
    private final Histogram decodeTime;
    private final Histogram gatewayWait;
    private final AtomicInteger waiting = new AtomicInteger();

    RequestMetrics(Instruments instruments, String model) {
        this.instruments = instruments;
        this.model = model;
        timeToFirstToken = instruments.seconds(Instruments.TIME_TO_FIRST_TOKEN, model);
        interTokenLatency = instruments.seconds(Instruments.INTER_TOKEN_LATENCY, model);
        endToEnd = instruments.seconds(Instruments.REQUEST_LATENCY, model);
        queueTime = instruments.seconds(Instruments.QUEUE_TIME, model);
        prefillTime = instruments.seconds(Instruments.PREFILL_TIME, model);
        decodeTime = instruments.seconds(Instruments.DECODE_TIME, model);
        gatewayWait = instruments.seconds(Instruments.GATEWAY_WAIT, model);
        for (String reason : List.of("stop", "length", RequestTrace.ABORT)) {
            // There from the start, at 0.
            instruments.counter(FINISHED, model, REASON, reason);
        }
    }

    void timeToFirstToken(long nanos) {
        timeToFirstToken.record(Math.max(0, nanos));
    }

    /** {@code times} tokens came {@code nanos} apart. */
    void interTokenLatency(long nanos, int times) {
        interTokenLatency.record(Math.max(0, nanos), times);
    }

    /** So many more requests wait for a worker, in the gateway. */
    void waiting(int more) {
        waiting.addAndGet(more);
    }

    /** Requests that wait for a worker, in the gateway. */
    int waiting() {
        return waiting.get();
    }

    /** @param waitNanos in the gateway, which {@code queueNanos} includes */
    void finished(long totalNanos, long waitNanos, long queueNanos, long prefillNanos, long decodeNanos) {
        gatewayWait.record(Math.max(0, waitNanos));
        endToEnd.record(Math.max(0, totalNanos));
        queueTime.record(Math.max(0, queueNanos));
        prefillTime.record(Math.max(0, prefillNanos));
        decodeTime.record(Math.max(0, decodeNanos));
    }

    void choiceFinished(String reason) {
        instruments.counter(FINISHED, model, REASON, reason).increment();
    }

    /** The client has gone before the end. */
    void aborted() {
        choiceFinished(RequestTrace.ABORT);
    }

    /** A request ended without a complete answer. */
    void failed(String reason) {
        failed(instruments, model, reason);
    }

    static void failed(Instruments instruments, String model, String reason) {
        instruments.counter("troupe.request_failures", model, "reason", reason).increment();
    }
}
