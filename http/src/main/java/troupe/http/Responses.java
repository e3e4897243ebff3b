package troupe.http;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import troupe.actors.SequenceEvent;
import troupe.actors.WorkerSelector;

/** The shapes of responses. */
final class Responses {
    private static final int MOST_HEADER_CHARACTERS = 1_024;

    private Responses() {}

    static HttpResponse json(JsonNode body) {
        return HttpResponse.create().withEntity(ContentTypes.APPLICATION_JSON, Json.bytes(body));
    }

    static HttpResponse error(ApiException failure) {
        HttpResponse response = HttpResponse.create()
                .withStatus(StatusCodes.lookup(failure.status())
                        .orElseGet(() -> StatusCodes.custom(failure.status(), "Error", "Error")))
                .withEntity(ContentTypes.APPLICATION_JSON, Json.bytes(Json.error(failure)));
        if (failure.status() == 401) {
            response = response.addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
        }
        OptionalInt retry = failure.retrySeconds();
        return retry.isPresent()
                ? response.addHeader(RawHeader.create("Retry-After", Integer.toString(retry.getAsInt())))
                : response;
    }

    /** Lists the fields that were not understood, as far as they fit into a header. */
    static HttpResponse withIgnoredFields(HttpResponse response, List<String> fields) {
        if (fields.isEmpty()) {
            return response;
        }
        StringBuilder names = new StringBuilder();
        for (String field : fields) {
            String name = visible(field);
            if (names.length() + name.length() + 2 > MOST_HEADER_CHARACTERS) {
                break;
            }
            names.append(names.isEmpty() ? "" : ", ").append(name);
        }
        return response.addHeader(RawHeader.create("X-Troupe-Ignored-Fields", names.toString()));
    }

    /** Says which worker has the request, and what that was expected to cost. */
    static HttpResponse withRoute(HttpResponse response, Optional<SequenceEvent.Routed> route) {
        if (route.isEmpty()) {
            return response;
        }
        WorkerSelector.Selection selection = route.get().selection();
        return response.addHeader(RawHeader.create(
                        "X-Troupe-Worker", visible(selection.worker().name())))
                .addHeader(RawHeader.create(
                        "X-Troupe-Route",
                        selection.policy() + "; expected-cached-tokens=" + selection.cachedTokens() + "; estimated-ms="
                                + BigDecimal.valueOf(Math.round(selection.estimatedSeconds() * 1e6), 3)));
    }

    /** Only characters that a header may hold and that separate nothing in it. */
    private static String visible(String field) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            shown.append(c > ' ' && c < 0x7F && c != ',' ? c : '?');
        }
        return shown.toString();
    }
}
