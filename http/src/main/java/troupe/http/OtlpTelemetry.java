package troupe.http;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import troupe.actors.WorkerSelector;

/**
 * Traces to a collector by OTLP over HTTP, out of the waterfalls: a span of the request, under its client's where it
 * names one, and below it what the request waited for. Sends in batches on a thread of its own; what does not fit into
 * its bounded queue is left out.
 */
final class OtlpTelemetry implements Telemetry {
    private static final String TRACES_PATH = "/v1/traces";
    private static final int MOST_WAITING_SPANS = 8_192;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

    private static final AttributeKey<String> REQUEST_ID = AttributeKey.stringKey("troupe.request.id");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> TENANT = AttributeKey.stringKey("troupe.tenant");
    private static final AttributeKey<String> MODEL = AttributeKey.stringKey("gen_ai.request.model");
    private static final AttributeKey<Long> INPUT = AttributeKey.longKey("gen_ai.usage.input_tokens");
    private static final AttributeKey<Long> OUTPUT = AttributeKey.longKey("gen_ai.usage.output_tokens");
    private static final AttributeKey<String> FINISH = AttributeKey.stringKey("troupe.finish_reason");
    private static final AttributeKey<String> POLICY = AttributeKey.stringKey("troupe.route.policy");
    private static final AttributeKey<Long> EXPECTED_CACHED =
            AttributeKey.longKey("troupe.route.expected_cached_tokens");
    private static final AttributeKey<Double> ESTIMATED = AttributeKey.doubleKey("troupe.route.estimated_ms");
    private static final AttributeKey<Long> CACHED = AttributeKey.longKey("troupe.cached_tokens");
    private static final AttributeKey<String> WORKER = AttributeKey.stringKey("troupe.worker");
    private static final AttributeKey<Long> CHOICE = AttributeKey.longKey("troupe.choice");
    private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("troupe.attempt");

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    private OtlpTelemetry(SdkTracerProvider provider) {
        this.provider = provider;
        tracer = provider.get("troupe");
    }

    /** @param endpoint of the collector; {@code /v1/traces} is added where it names no path */
    static OtlpTelemetry open(URI endpoint) {
        String path = endpoint.getPath();
        boolean namesPath = path != null && !path.isEmpty() && !path.equals("/");
        URI traces = namesPath ? endpoint : endpoint.resolve(TRACES_PATH);
        return of(OtlpHttpSpanExporter.builder().setEndpoint(traces.toString()).build());
    }

    private static OtlpTelemetry of(SpanExporter exporter) {
        Resource resource = Resource.getDefault()
                .merge(Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "troupe")));
        return new OtlpTelemetry(SdkTracerProvider.builder()
                .setResource(resource)
                .addSpanProcessor(BatchSpanProcessor.builder(exporter)
                        .setMaxQueueSize(MOST_WAITING_SPANS)
                        .build())
                .build());
    }

    @Override
    public Optional<String> export(Waterfall request) {
        Span whole = builder(request, "request", 0, parent(request))
                .setSpanKind(SpanKind.SERVER)
                .setAttribute(REQUEST_ID, request.id())
                .setAttribute(PATH, request.path())
                .setAttribute(STATUS, (long) request.status())
                .setAttribute(MODEL, request.model())
                .setAttribute(INPUT, (long) request.promptTokens())
                .setAttribute(OUTPUT, (long) request.outputTokens())
                .setAttribute(CACHED, (long) request.cachedTokens())
                .setAttribute(FINISH, request.reason())
                .startSpan();
        if (!request.tenant().isEmpty()) {
            whole.setAttribute(TENANT, request.tenant());
        }
        if (request.status() >= 500) {
            whole.setStatus(StatusCode.ERROR, request.reason());
        }
        Context below = Context.root().with(whole);
        if (request.tokenized() != Waterfall.NEVER) {
            end(request, builder(request, "tokenize", request.parsed(), below).startSpan(), request.tokenized());
        }
        for (Waterfall.Attempt attempt : request.attempts()) {
            export(request, attempt, below);
        }
        end(request, whole, request.ended());
        return whole.getSpanContext().isSampled()
                ? Optional.of(whole.getSpanContext().getTraceId())
                : Optional.empty();
    }

    private void export(Waterfall request, Waterfall.Attempt attempt, Context parent) {
        Span span = builder(request, "attempt", attempt.submitted(), parent)
                .setAttribute(WORKER, attempt.worker())
                .setAttribute(CHOICE, (long) attempt.choice())
                .setAttribute(ATTEMPT, (long) attempt.number())
                .setAttribute(CACHED, (long) attempt.cachedTokens())
                .setAttribute(OUTPUT, (long) attempt.tokens())
                .startSpan();
        WorkerSelector.Selection selection = attempt.selection();
        if (selection != null) {
            span.setAttribute(POLICY, selection.policy())
                    .setAttribute(EXPECTED_CACHED, (long) selection.cachedTokens())
                    .setAttribute(ESTIMATED, selection.estimatedSeconds() * 1e3);
        }
        if (attempt.outcome() == Waterfall.Outcome.LOST) {
            span.setStatus(StatusCode.ERROR, "the worker was lost");
        }
        Context below = Context.root().with(span);
        part(request, "queue", attempt.submitted(), attempt.prefillBegin(), below);
        part(request, "prefill", attempt.prefillBegin(), attempt.firstToken(), below);
        part(request, "decode", attempt.firstToken(), attempt.lastToken(), below);
        end(request, span, attempt.ended());
    }

    private void part(Waterfall request, String name, long from, long to, Context parent) {
        if (from != Waterfall.NEVER && to != Waterfall.NEVER) {
            end(request, builder(request, name, from, parent).startSpan(), to);
        }
    }

    private SpanBuilder builder(Waterfall request, String name, long from, Context parent) {
        return tracer.spanBuilder(name)
                .setParent(parent)
                .setStartTimestamp(epochNanos(request, from), TimeUnit.NANOSECONDS);
    }

    private static void end(Waterfall request, Span span, long at) {
        span.end(epochNanos(request, at), TimeUnit.NANOSECONDS);
    }

    private static Context parent(Waterfall request) {
        TraceContext trace = request.trace();
        return trace == null
                ? Context.root()
                : Context.root()
                        .with(Span.wrap(SpanContext.createFromRemoteParent(
                                trace.traceId(),
                                trace.parentId(),
                                TraceFlags.fromByte((byte) trace.flags()),
                                TraceState.getDefault())));
    }

    private static long epochNanos(Waterfall request, long at) {
        return TimeUnit.MILLISECONDS.toNanos(request.receivedAt()) + at;
    }

    @Override
    public void close() {
        provider.shutdown().join(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
