package troupe.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kamon.metric.Counter;
import kamon.metric.Gauge;
import kamon.metric.Histogram;
import kamon.metric.MeasurementUnit;
import kamon.metric.MetricRegistry;
import kamon.tag.TagSet;
import scala.Option;

/** Makes instruments in one registry of Kamon's; asked twice for the same one, it gives the same one. */
record Instruments(MetricRegistry registry) {
    static final String TIME_TO_FIRST_TOKEN = "vllm.time_to_first_token";
    static final String INTER_TOKEN_LATENCY = "vllm.inter_token_latency";
    static final String REQUEST_LATENCY = "vllm.e2e_request_latency";
    static final String QUEUE_TIME = "vllm.request_queue_time";
    static final String PREFILL_TIME = "vllm.request_prefill_time";
    static final String DECODE_TIME = "vllm.request_decode_time";
    static final String GATEWAY_WAIT = "troupe.gateway_wait";
    static final String ITERATION_TOKENS = "vllm.iteration_tokens_total";

    private static final String MODEL = "model_name";
    private static final List<Double> REQUEST_SECONDS = List.of(
            .3, .5, .8, 1d, 1.5, 2d, 2.5, 5d, 10d, 15d, 20d, 30d, 40d, 50d, 60d, 120d, 240d, 480d, 960d, 1920d, 7680d);

    /** Of the buckets of every histogram: vLLM's. */
    static Map<String, List<Double>> upperBounds() {
        return Map.of(
                TIME_TO_FIRST_TOKEN,
                List.of(
                        .001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1d, 2.5, 5d, 7.5, 10d, 20d, 40d, 80d,
                        160d, 640d, 2560d),
                INTER_TOKEN_LATENCY,
                List.of(.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1d, 2.5, 5d, 7.5, 10d, 20d, 40d, 80d),
                REQUEST_LATENCY,
                REQUEST_SECONDS,
                QUEUE_TIME,
                REQUEST_SECONDS,
                PREFILL_TIME,
                REQUEST_SECONDS,
                DECODE_TIME,
                REQUEST_SECONDS,
                GATEWAY_WAIT,
                REQUEST_SECONDS,
                ITERATION_TOKENS,
                List.of(1d, 8d, 16d, 32d, 64d, 128d, 256d, 512d, 1024d, 2048d, 4096d, 8192d, 16384d));
    }

    Histogram seconds(String name, String model) {
        return histogram(name, model, MeasurementUnit.time().nanoseconds());
    }

    Histogram numbers(String name, String model) {
        return histogram(name, model, MeasurementUnit.none());
    }

    private Histogram histogram(String name, String model, MeasurementUnit unit) {
        return registry.histogram(name, Option.empty(), Option.apply(unit), Option.empty(), Option.empty())
                .withTag(MODEL, model);
    }

    Counter counter(String name, String model) {
        return registry.counter(name, Option.empty(), Option.empty(), Option.empty())
                .withTag(MODEL, model);
    }

    Counter counter(String name, String model, String label, String value) {
        return registry.counter(name, Option.empty(), Option.empty(), Option.empty())
                .withTags(TagSet.from(Map.of(MODEL, model, label, value)));
    }

    /** Of no model. */
    Counter counter(String name, Map<String, String> labels) {
        Map<String, Object> tags = new HashMap<>(labels);
        return registry.counter(name, Option.empty(), Option.empty(), Option.empty())
                .withTags(TagSet.from(tags));
    }

    /** Of the node, whatever the model. */
    Gauge gauge(String name) {
        return registry.gauge(name, Option.empty(), Option.empty(), Option.empty())
                .withoutTags();
    }

    Gauge gauge(String name, String model) {
        return registry.gauge(name, Option.empty(), Option.empty(), Option.empty())
                .withTag(MODEL, model);
    }
}
