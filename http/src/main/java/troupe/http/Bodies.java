package troupe.http;

import akka.http.javadsl.model.HttpEntity;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpRequest;
import akka.http.scaladsl.model.EntityStreamSizeException;
import akka.stream.Materializer;
import akka.util.ByteString;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/**
 * Reads what requests bring.
 *
 * @param limit the largest body, bytes
 * @param materializer of what nobody waits for
 */
record Bodies(long limit, Materializer materializer) {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

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
    CompletionStage<byte[]> read(HttpRequest request, Connection connection) {
        var length = request.entity().getContentLengthOption();
        if (length.isPresent() && length.getAsLong() > limit) {
            throw tooLarge();
        }
        return bytes(request.entity().withSizeLimit(limit), connection).handle((body, failure) -> {
            if (failure != null) {
                throw refusal(ApiException.cause(failure));
            }
            return body.toArrayUnsafe();
        });
    }

    private static CompletionStage<ByteString> bytes(HttpEntity entity, Connection connection) {
        return entity instanceof HttpEntity.Strict whole
                ? CompletableFuture.completedFuture(whole.getData())
                : connection.run(inside -> entity.getDataBytes()
                        .completionTimeout(TIMEOUT)
                        .fold(ByteString.emptyByteString(), ByteString::concat)
                        .runWith(new HeadSink<>(), inside));
    }

    private ApiException refusal(Throwable cause) {
        return switch (cause) {
            case ApiException known -> known;
            case EntityStreamSizeException ignored -> tooLarge();
            case TimeoutException ignored ->
                ApiException.invalid(null, "the body did not come within " + TIMEOUT.toSeconds() + " s");
            default -> ApiException.invalid(null, "the body could not be read: " + cause.getMessage());
        };
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
