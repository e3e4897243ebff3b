package troupe.http;

import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import troupe.actors.FailureKind;

/** A request that is answered with an error, in the shape that OpenAI's clients know. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int CLIENT_GONE = 499;

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;

    ApiException(int status, String message, String type, @Nullable String param, @Nullable String code) {
        super(message, null, false, false);
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

    /** For the log alone: nobody is left to read it. */
    static ApiException clientGone() {
        return new ApiException(CLIENT_GONE, "the client has gone", "server_error", null, RequestTrace.ABORT);
    }

    /** {@code promptParam} is the field that holds the prompt. */
    static ApiException of(FailureKind kind, String message, String promptParam) {
        return switch (kind) {
            case INVALID -> invalid(promptParam, message);
            case TOO_LONG ->
                new ApiException(400, message, "invalid_request_error", promptParam, "context_length_exceeded");
            case NOT_DEPLOYED -> new ApiException(404, message, "invalid_request_error", "model", "model_not_found");
            case OVERLOADED -> new ApiException(503, message, "server_error", null, "overloaded");
            case DRAINING -> new ApiException(503, message, "server_error", null, "draining");
            case DEADLINE -> new ApiException(504, message, "server_error", null, "deadline_exceeded");
            case SLOW_READER -> new ApiException(500, message, "server_error", null, "slow_reader");
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

    /** The reason in few words, for logs and metrics. */
    String reason() {
        return code == null ? "invalid" : code;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
