package troupe.http;

import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.scaladsl.model.ContentType;
import akka.http.scaladsl.model.HttpEntity;
import akka.stream.javadsl.Source;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import troupe.actors.Gateway;
import troupe.actors.GenerationRequest;
import troupe.actors.ServedModel;
import troupe.actors.ServedModels;

/** Answers chat and plain completions, whole or streamed. */
final class CompletionRoutes {
    private static final ContentType EVENT_STREAM = (ContentType) MediaTypes.TEXT_EVENT_STREAM.toContentType();

    /** A resumable stream says something this often, so that its client notices a gateway that is gone or frozen. */
    private static final Duration ALIVE_INTERVAL = Duration.ofMillis(500);

    private final ActorRef<Gateway.Command> gateway;
    private final ServedModels models;
    private final LoadingModels loading;
    private final int maxChoices;
    private final int maxUnread;
    private final Clock clock;
    private final AtomicInteger openStreams = new AtomicInteger();

    CompletionRoutes(
            ActorRef<Gateway.Command> gateway,
            ServedModels models,
            LoadingModels loading,
            int maxChoices,
            int maxUnread,
            Clock clock) {
        this.gateway = gateway;
        this.models = models;
        this.loading = loading;
        this.maxChoices = maxChoices;
        this.maxUnread = maxUnread;
        this.clock = clock;
    }

    CompletionStage<HttpResponse> chat(ObjectNode body, Exchange exchange) {
        RequestTrace trace = exchange.trace();
        return model(body).thenCompose(model -> {
            trace.isFor(model.name());
            ApiRequest request =
                    ChatParser.parse(trace.tag(), trace.caller(), body, new RequestLimits(model, maxChoices));
            AnswerFormat format =
                    new ChatFormat(answerId(exchange), clock.instant().getEpochSecond(), model, request);
            return answer(admitted(request, model, exchange), format, exchange);
        });
    }

    CompletionStage<HttpResponse> completion(ObjectNode body, Exchange exchange) {
        RequestTrace trace = exchange.trace();
        return model(body).thenCompose(model -> {
            trace.isFor(model.name());
            ApiRequest request =
                    CompletionParser.parse(trace.tag(), trace.caller(), body, new RequestLimits(model, maxChoices));
            AnswerFormat format =
                    new CompletionFormat(answerId(exchange), clock.instant().getEpochSecond(), model, request);
            return answer(admitted(request, model, exchange), format, exchange);
        });
    }

    /** The model that a request names, once this node has it: one that was deployed just now may take a moment. */
    private CompletionStage<ServedModel> model(ObjectNode body) {
        String asked = new Fields(body).text("model");
        String name = asked == null ? models.fallback() : asked;
        return loading.await(name, models.find(name).orElseThrow(() -> unknownModel(name, models)));
    }

    static ApiException unknownModel(String name, ServedModels models) {
        return new ApiException(
                404,
                "the model '" + Fields.shortened(name) + "' does not exist, this server has '"
                        + models.all().stream().map(ServedModel::name).collect(Collectors.joining("', '")) + "'",
                "invalid_request_error",
                "model",
                "model_not_found");
    }

    /** Streamed answers of which the client has not been given every event yet. */
    int openStreams() {
        return openStreams.get();
    }

    /** A resumable answer has the same at each gateway. */
    private static String answerId(Exchange exchange) {
        return exchange.resume()
                .map(ResumeHeaders::id)
                .orElseGet(() -> exchange.trace().tag().id());
    }

    /** Counts the request against its caller's limits and the gateway's memory. */
    private ApiRequest admitted(ApiRequest request, ServedModel model, Exchange exchange) {
        exchange.trace().caller().reserve(TokenEstimate.of(request, model.contextLength()));
        exchange.memory().resize(RequestBytes.open(request, model.contextLength(), maxUnread));
        return request.within(exchange.timeout());
    }

    private CompletionStage<HttpResponse> answer(ApiRequest request, AnswerFormat format, Exchange exchange) {
        Optional<ResumeHeaders> resume = exchange.resume();
        Optional<StreamPosition> position = resume.map(headers -> headers.position(request));
        exchange.trace().generates(request.generations().size());
        Source<PromptEvents, NotUsed> events = events(request, position, exchange);
        CompletionStage<HttpResponse> response = request.options().stream()
                ? streamed(
                        request,
                        new StreamRenderer(
                                request, format, position.map(StreamCursor::new).orElse(null)),
                        events,
                        exchange)
                : whole(request, format, events, exchange.connection());
        return response.thenApply(answered -> Responses.withIgnoredFields(answered, request.ignoredFields()));
    }

    private CompletionStage<HttpResponse> whole(
            ApiRequest request, AnswerFormat format, Source<PromptEvents, NotUsed> events, Connection connection) {
        return connection
                .run(inside -> events.fold(new AnswerCollector(request), AnswerCollector::add)
                        .runWith(new HeadSink<>(), inside))
                .thenApply(collected -> {
                    for (AnswerCollector.Choice choice : collected.choices()) {
                        if (choice.finished == null) {
                            throw ApiException.clientGone();
                        }
                    }
                    HttpResponse answer = HttpResponse.create()
                            .withEntity(ContentTypes.APPLICATION_JSON, Json.bytes(format.answer(collected)));
                    return Responses.withRoute(answer, collected.route());
                });
    }

    /** Answers once the request is accepted or refused; the stream follows. */
    private CompletionStage<HttpResponse> streamed(
            ApiRequest request, StreamRenderer renderer, Source<PromptEvents, NotUsed> events, Exchange exchange) {
        Connection connection = exchange.connection();
        return connection
                .run(inside -> events.runWith(new StreamedAnswer(request, renderer, connection), inside))
                .thenApply(beginning -> begin(beginning, exchange));
    }

    private HttpResponse begin(StreamedAnswer.Beginning beginning, Exchange exchange) {
        RequestTrace trace = exchange.trace();
        trace.streams();
        openStreams.incrementAndGet();
        var ignored = beginning.ended().whenComplete((done, failure) -> {
            openStreams.decrementAndGet();
            trace.streamEnded(failure);
        });
        Source<HttpEntity.ChunkStreamPart, NotUsed> chunks = exchange.resume().isPresent()
                ? beginning.chunks().keepAlive(ALIVE_INTERVAL, () -> StreamRenderer.ALIVE)
                : beginning.chunks();
        return Responses.withRoute(
                HttpResponse.create()
                        .withEntity(new HttpEntity.Chunked(
                                EVENT_STREAM,
                                chunks.<Object>mapMaterializedValue(unused -> unused)
                                        .asScala())),
                beginning.route());
    }

    private Source<PromptEvents, NotUsed> events(
            ApiRequest request, Optional<StreamPosition> position, Exchange exchange) {
        int prompts = request.generations().size();
        if (prompts == 1) {
            return events(request, position, exchange, 0);
        }
        return Source.range(0, prompts - 1)
                .flatMapMerge(prompts, prompt -> events(request, position, exchange, prompt));
    }

    private Source<PromptEvents, NotUsed> events(
            ApiRequest request, Optional<StreamPosition> position, Exchange exchange, int prompt) {
        GenerationRequest generation = request.generations().get(prompt);
        RequestTrace trace = exchange.trace();
        AnswerSource.Reader reader = new AnswerSource.Reader(
                prompt,
                exchange.connection(),
                event -> trace.on(request.choice(prompt, event), event),
                trace.caller()::goesOn);
        return Source.fromGraph(exchange.resume()
                .map(headers -> AnswerSource.attach(
                        gateway,
                        generation,
                        headers.of(prompt),
                        position.map(at -> at.prompts().get(prompt).read()).orElse(null),
                        reader))
                .orElseGet(() -> AnswerSource.open(gateway, generation, reader)));
    }
}
