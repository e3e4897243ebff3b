package troupe.http;

import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import troupe.actors.SequenceEvent;

/** A request that is answered with an error, in the shape that OpenAI's clients know. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int CLIENT_GONE = 499;
    private static final int RETRY_SECONDS = 1;

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;
    private final int retrySeconds;

    ApiException(int status, String message, String type, @Nullable String param, @Nullable String code) {
        this(status, message, type, param, code, RETRY_SECONDS);
    }

    private ApiException(
            int status, String message, String type, @Nullable String param, @Nullable String code, int retrySeconds) {
        super(message, null, false, false);
        this.retrySeconds = retrySeconds;
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
    }

    /** What made a stage fail, out of what stages wrap it in. */
    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    static ApiException invalid(@Nullable String param, String message) {
        return new ApiException(400, message, "invalid_request_error", param, null);
    }

    /** What the API has and this server has not. */
    static ApiException unsupported(String param, String message) {
        return new ApiException(501, message, "invalid_request_error", param, "unsupported");
    }

    static ApiException unknownPath(String path) {
        return new ApiException(
                404, "there is no " + Fields.shortened(path), "invalid_request_error", null, "unknown_path");
    }

    /** The same words for a key that is missing, malformed, unknown or no longer valid. */
    static ApiException unauthenticated() {
        return new ApiException(
                401,
                "this server needs a valid API key, in the header Authorization: Bearer KEY",
                "invalid_request_error",
                null,
                "invalid_api_key");
    }

    /** A client's own limit is reached, of {@code type} requests or tokens; try again after {@code retrySeconds}. */
    static ApiException rateLimited(String type, String message, int retrySeconds) {
        return new ApiException(429, message, type, null, "rate_limit_exceeded", retrySeconds);
    }

    /** For the log alone: nobody is left to read it. */
    static ApiException clientGone() {
        return new ApiException(CLIENT_GONE, "the client has gone", "server_error", null, RequestTrace.ABORT);
    }

    /** {@code promptParam} is the field that holds the prompt. */
    static ApiException of(SequenceEvent.Failed failed, String promptParam) {
        String message = failed.message();
        int retrySeconds = Math.max(RETRY_SECONDS, failed.retryAfterSeconds());
        return switch (failed.kind()) {
            case INVALID -> invalid(promptParam, message);
            case TOO_LONG ->
                new ApiException(400, message, "invalid_request_error", promptParam, "context_length_exceeded");
            case NOT_DEPLOYED -> new ApiException(404, message, "invalid_request_error", "model", "model_not_found");
            case OVERLOADED -> new ApiException(503, message, "server_error", null, "overloaded", retrySeconds);
            case TENANT_LIMIT -> new ApiException(429, message, "rate_limit_error", null, "tenant_limit", retrySeconds);
            case DRAINING -> new ApiException(503, message, "server_error", null, "draining");
            case DEADLINE -> new ApiException(504, message, "server_error", null, "deadline_exceeded");
            case SLOW_READER -> new ApiException(500, message, "server_error", null, "slow_reader");
            case DETACHED -> new ApiException(409, message, "invalid_request_error", null, "detached");
            case MOVED -> new ApiException(503, message, "server_error", null, "moved");
            case CUT_OFF -> new ApiException(503, message, "server_error", null, "cut_off");
            case RESUME_CONFLICT -> new ApiException(409, message, "invalid_request_error", null, "resume_conflict");
            case RESUME_NOT_FOUND -> new ApiException(404, message, "invalid_request_error", null, "resume_not_found");
            case CRASHES_WORKERS -> new ApiException(500, message, "server_error", null, "request_crashes_workers");
            case INTERNAL -> new ApiException(500, message, "server_error", null, "internal");
        };
    }

    int status() {
        return status;
    }

    String type() {
        return type;
    }

    @Nullable
    String param() {
        return param;
    }

    @Nullable
    String code() {
        return code;
    }

    /** The client may try again after this long. Empty where it would be no use. */
    OptionalInt retrySeconds() {
        return status == 503 || status == 429 ? OptionalInt.of(retrySeconds) : OptionalInt.empty();
    }

    /** The reason in few words, for logs and metrics. */
    String reason() {
        return code == null ? "invalid" : code;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
