package troupe.http;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpRequest;
import akka.http.scaladsl.model.EntityStreamSizeException;
import akka.stream.Materializer;
import java.util.concurrent.CompletionStage;

/**
 * Reads what requests bring.
 *
 * @param limit the largest body, bytes
 */
record Bodies(long limit, Materializer materializer) {
    private static final long TIMEOUT_MILLIS = 30_000;

    static void require(HttpRequest request, HttpMethod method) {
        if (!request.method().equals(method)) {
            throw new ApiException(
                    405,
                    request.method().value() + " is not allowed here, " + method.value() + " is",
                    "invalid_request_error",
                    null,
                    "method_not_allowed");
        }
    }

    /** The request brings nothing that is wanted. */
    void discard(HttpRequest request) {
        request.discardEntityBytes(materializer);
    }

    /** Bytes of the body at most. */
    long mostBytes(HttpRequest request) {
        return Math.min(limit, request.entity().getContentLengthOption().orElse(limit));
    }

    /** Fails with an {@link ApiException} where the body is too large, too slow or broken. */
    CompletionStage<byte[]> read(HttpRequest request) {
        var length = request.entity().getContentLengthOption();
        if (length.isPresent() && length.getAsLong() > limit) {
            throw tooLarge();
        }
        return request.entity()
                .withSizeLimit(limit)
                .toStrict(TIMEOUT_MILLIS, materializer)
                .handle((strict, failure) -> {
                    if (failure == null) {
                        return strict.getData().toArrayUnsafe();
                    }
                    Throwable cause = ApiException.cause(failure);
                    throw cause instanceof EntityStreamSizeException
                            ? tooLarge()
                            : ApiException.invalid(null, "the body could not be read: " + cause.getMessage());
                });
    }

    private ApiException tooLarge() {
        return new ApiException(
                413,
                "the body is larger than " + limit + " bytes, the most that is allowed",
                "invalid_request_error",
                null,
                "request_too_large");
    }
}
