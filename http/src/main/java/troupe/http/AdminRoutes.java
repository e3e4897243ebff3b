package troupe.http;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import troupe.actors.admin.AdminException;
import troupe.actors.admin.ClusterAdmin;

/** The admin API: what operators see of the cluster, and what they may ask of it. {@link AdminGuard} says who may. */
final class AdminRoutes {
    static final String PREFIX = "/admin/";

    private static final long MOST_KV_BYTES = 1L << 46;
    private static final int MOST_NAME_CHARACTERS = 256;

    private final ClusterAdmin admin;
    private final AdminGuard guard;
    private final Figures figures;
    private final RecentRequests requests;
    private final LongSupplier nanoClock;
    private final Bodies bodies;

    AdminRoutes(
            ClusterAdmin admin,
            AdminGuard guard,
            Figures figures,
            RecentRequests requests,
            LongSupplier nanoClock,
            Bodies bodies) {
        this.admin = admin;
        this.guard = guard;
        this.figures = figures;
        this.requests = requests;
        this.nanoClock = nanoClock;
        this.bodies = bodies;
    }

    /** @throws ApiException as the stage may fail with */
    CompletionStage<HttpResponse> route(HttpRequest request, Connection connection) {
        guard.check(request);
        List<String> segments = segments(request);
        return switch (segments.size()) {
            case 2 ->
                switch (segments.get(1)) {
                    case "cluster" -> get(request, () -> AdminJson.cluster(admin.view(), admin.routing()));
                    case "events" -> get(request, () -> AdminJson.events(admin.eventsAfter(after(request))));
                    case "figures" ->
                        get(request, () -> AdminJson.figures(figures.snapshot(nanoClock.getAsLong()), admin.view()));
                    case "requests" -> get(request, () -> AdminJson.requests(requests.all()));
                    case "deployments" -> change(request, connection, HttpMethods.POST, this::deploy);
                    default -> throw unknown(request);
                };
            case 3 ->
                switch (segments.get(1)) {
                    case "requests" -> get(request, () -> waterfall(segments.get(2)));
                    case "deployments" -> {
                        Bodies.require(request, HttpMethods.DELETE);
                        bodies.discard(request);
                        yield done(admin.unload(name("model", segments.get(2))));
                    }
                    default -> throw unknown(request);
                };
            case 4 -> {
                String of = name(segments.get(1).equals("nodes") ? "node" : "model", segments.get(2));
                yield switch (segments.get(1) + "/" + segments.get(3)) {
                    case "deployments/scale" ->
                        change(request, connection, HttpMethods.POST, fields -> scale(of, fields));
                    case "nodes/drain" -> change(request, connection, HttpMethods.POST, fields -> drain(of, fields));
                    default -> throw unknown(request);
                };
            }
            default -> throw unknown(request);
        };
    }

    private CompletionStage<Void> deploy(Fields fields) {
        String model = fields.text("model");
        if (model == null) {
            throw ApiException.invalid("model", "model is missing");
        }
        Long kvMemoryBytes = fields.whole("kv_memory_bytes", 0, MOST_KV_BYTES);
        int replicas = replicas(fields);
        refuseUnknown(fields);
        return admin.deploy(name("model", model), replicas, kvMemoryBytes == null ? 0 : kvMemoryBytes);
    }

    private CompletionStage<Void> scale(String model, Fields fields) {
        int replicas = replicas(fields);
        refuseUnknown(fields);
        return admin.scale(model, replicas);
    }

    private CompletionStage<Void> drain(String node, Fields fields) {
        boolean force = fields.flag("force", false);
        refuseUnknown(fields);
        return admin.drain(node, force);
    }

    private static int replicas(Fields fields) {
        Long replicas = fields.whole("replicas", 0, ClusterAdmin.MOST_REPLICAS);
        if (replicas == null) {
            throw ApiException.invalid("replicas", "replicas is missing");
        }
        return Math.toIntExact(replicas);
    }

    private static void refuseUnknown(Fields fields) {
        List<String> unknown = fields.unknown();
        if (!unknown.isEmpty()) {
            String name = Fields.shortened(unknown.getFirst());
            throw ApiException.invalid(name, "there is no field " + name + " here");
        }
    }

    private static String name(String param, String text) {
        boolean isPrintable = text.codePoints().noneMatch(Character::isISOControl);
        if (text.isBlank() || text.length() > MOST_NAME_CHARACTERS || !isPrintable) {
            throw ApiException.invalid(
                    param,
                    param + " has " + text.length() + " characters, it must have 1 to " + MOST_NAME_CHARACTERS
                            + " and no control characters");
        }
        return text;
    }

    private static long after(HttpRequest request) {
        String text = request.getUri().query().get("after").orElse("0");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw ApiException.invalid("after", "after is " + Fields.shortened(text) + ", it must be a whole number");
        }
    }

    private ObjectNode waterfall(String id) {
        return AdminJson.waterfall(requests.find(id)
                .orElseThrow(() -> new ApiException(
                        404,
                        "there is no request '" + Fields.shortened(id) + "' among the latest " + RecentRequests.MOST,
                        "invalid_request_error",
                        "id",
                        "unknown_request")));
    }

    private CompletionStage<HttpResponse> get(HttpRequest request, Supplier<JsonNode> answer) {
        Bodies.require(request, HttpMethods.GET);
        bodies.discard(request);
        return CompletableFuture.completedFuture(fresh(Responses.json(answer.get())));
    }

    private CompletionStage<HttpResponse> change(
            HttpRequest request,
            Connection connection,
            HttpMethod method,
            Function<Fields, CompletionStage<Void>> wish) {
        Bodies.require(request, method);
        return done(
                bodies.read(request, connection).thenCompose(body -> wish.apply(new Fields(Json.parseObject(body)))));
    }

    private static CompletionStage<HttpResponse> done(CompletionStage<Void> wish) {
        return wish.handle((nothing, failure) -> {
            if (failure == null) {
                return fresh(
                        Responses.json(Json.object().put("status", "accepted")).withStatus(StatusCodes.ACCEPTED));
            }
            Throwable cause = ApiException.cause(failure);
            throw cause instanceof AdminException refusal ? refused(refusal) : new CompletionException(cause);
        });
    }

    private static RuntimeException refused(AdminException refusal) {
        String message = String.valueOf(refusal.getMessage());
        return switch (refusal.kind()) {
            case INVALID -> ApiException.invalid(null, message);
            case UNKNOWN -> new ApiException(404, message, "invalid_request_error", null, "not_found");
            case UNAVAILABLE -> new ApiException(503, message, "server_error", null, "unavailable");
        };
    }

    /** No cache may answer with it. */
    private static HttpResponse fresh(HttpResponse response) {
        return response.addHeader(RawHeader.create("Cache-Control", "no-store"))
                .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff"));
    }

    /** Decoded, so that a name with a slash is one segment where the client has encoded it. */
    private static List<String> segments(HttpRequest request) {
        List<String> segments = new ArrayList<>();
        request.getUri().pathSegments().forEach(segments::add);
        return segments;
    }

    private static ApiException unknown(HttpRequest request) {
        return ApiException.unknownPath(request.getUri().path());
    }
}
