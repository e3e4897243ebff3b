package troupe.http;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.stream.KillSwitches;
import akka.stream.SharedKillSwitch;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import troupe.actors.Gateway;
import troupe.actors.GenerationRequest;
import troupe.actors.SequenceEvent;
import troupe.actors.ServedModel;
import troupe.actors.ServedModels;

/** Answers chat and plain completions, whole or streamed. */
final class CompletionRoutes {
    /** The events of a request that tell that it is accepted, and where it went. */
    private static final int UP_TO_ROUTE = 2;

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
        RequestTrace trace = exchange.trace();
        Optional<StreamPosition> position = resume.map(headers -> headers.position(request));
        trace.generates(request.generations().size());
        SharedKillSwitch gone = KillSwitches.shared(trace.tag().id());
        exchange.connection().onDisconnect(gone::shutdown);
        Source<PromptEvent, CompletionStage<Done>> events = events(request, resume, position, trace.caller()::goesOn)
                .via(gone.flow())
                .viaMat(
                        new TracedEvents(numbered -> trace.on(choice(request, numbered), numbered.event())),
                        Keep.right());
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
            ApiRequest request,
            AnswerFormat format,
            Source<PromptEvent, CompletionStage<Done>> events,
            Connection connection) {
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
            ApiRequest request,
            StreamRenderer renderer,
            Source<PromptEvent, CompletionStage<Done>> events,
            Exchange exchange) {
        return exchange.connection().run(inside -> {
            var run = events.prefixAndTail(UP_TO_ROUTE)
                    .toMat(new HeadSink<>(), Keep.both())
                    .run(inside);
            return run.second()
                    .thenApply(begun -> begin(request, renderer, begun.first(), begun.second(), run.first(), exchange));
        });
    }

    /** @param ended completes when the stream's events do */
    private HttpResponse begin(
            ApiRequest request,
            StreamRenderer renderer,
            List<PromptEvent> begun,
            Source<PromptEvent, NotUsed> rest,
            CompletionStage<Done> ended,
            Exchange exchange) {
        if (begun.isEmpty()) {
            throw ApiException.clientGone();
        }
        if (begun.getFirst().event() instanceof SequenceEvent.Failed refused) {
            throw ApiException.of(refused, request.promptParam());
        }
        RequestTrace trace = exchange.trace();
        trace.streams();
        openStreams.incrementAndGet();
        // Of the events, not of the bytes: a response that finds its connection closed is never read.
        var ignored = ended.whenComplete((done, failure) -> {
            openStreams.decrementAndGet();
            trace.streamEnded(failure);
        });
        Optional<SequenceEvent.Routed> route = begun.stream()
                .map(PromptEvent::event)
                .filter(SequenceEvent.Routed.class::isInstance)
                .map(SequenceEvent.Routed.class::cast)
                .findFirst();
        Source<ByteString, NotUsed> bytes =
                rest.prepend(Source.from(begun)).map(numbered -> renderer.render(numbered, choice(request, numbered)));
        return Responses.withRoute(
                HttpResponse.create()
                        .withEntity(HttpEntities.create(
                                MediaTypes.TEXT_EVENT_STREAM.toContentType(),
                                exchange.resume().isPresent()
                                        ? bytes.keepAlive(ALIVE_INTERVAL, () -> StreamRenderer.ALIVE)
                                        : bytes)),
                route);
    }

    private Source<PromptEvent, NotUsed> events(
            ApiRequest request, Optional<ResumeHeaders> resume, Optional<StreamPosition> position, Runnable onFound) {
        int prompts = request.generations().size();
        if (prompts == 1) {
            return events(request, resume, position, onFound, 0);
        }
        return Source.range(0, prompts - 1)
                .flatMapMerge(prompts, prompt -> events(request, resume, position, onFound, prompt));
    }

    private Source<PromptEvent, NotUsed> events(
            ApiRequest request,
            Optional<ResumeHeaders> resume,
            Optional<StreamPosition> position,
            Runnable onFound,
            int prompt) {
        GenerationRequest generation = request.generations().get(prompt);
        AnswerSource source = resume.map(headers -> AnswerSource.attach(
                        gateway,
                        generation,
                        headers.of(prompt),
                        position.map(at -> at.prompts().get(prompt).read()).orElse(null),
                        onFound))
                .orElseGet(() -> AnswerSource.open(gateway, generation));
        return Source.fromGraph(source).map(event -> new PromptEvent(prompt, event));
    }

    /** The event's choice, counted over all prompts; the first of its prompt where it belongs to none. */
    private static int choice(ApiRequest request, PromptEvent numbered) {
        int first = numbered.prompt() * request.generations().get(0).choices();
        return switch (numbered.event()) {
            case SequenceEvent.Started started -> first + started.choice();
            case SequenceEvent.Interrupted lost -> first + lost.choice();
            case SequenceEvent.Routed routed -> first + routed.choice();
            case SequenceEvent.PromptScored scored -> first + scored.choice();
            case SequenceEvent.Delta delta -> first + delta.choice();
            case SequenceEvent.ChoiceFinished finished -> first + finished.choice();
            case SequenceEvent.Accepted ignored -> first;
            case SequenceEvent.Completed ignored -> first;
            case SequenceEvent.Failed ignored -> first;
        };
    }
}
