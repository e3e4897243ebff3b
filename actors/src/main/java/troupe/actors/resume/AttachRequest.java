package troupe.actors.resume;

import org.jspecify.annotations.Nullable;
import troupe.actors.GenerationRequest;

/**
 * A client has come with a request that it may have sent before.
 *
 * @param read null: nothing
 * @param <L> how the listener is reached
 */
public record AttachRequest<L>(
        GenerationRequest request,
        Resumption resumption,
        @Nullable ReadSoFar read,
        L listener) {
    public ResumeKey key() {
        return resumption.key();
    }

    Client<L> client() {
        return new Client<>(listener, read);
    }

    /** Whether the request alone says what its tokens are. */
    boolean isDetermined() {
        return AnswerTag.isDetermined(request.sampling(), request.seed());
    }
}
