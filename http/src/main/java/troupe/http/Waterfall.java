package troupe.http;

import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerSelector;

/**
 * How far a request has come, and when; nothing of what it says. Times are nanoseconds since it was received, as this
 * gateway saw them, and {@link #NEVER} where that has not happened.
 *
 * @param id of the request
 * @param clientId what the client calls it, if it says so
 * @param trace the client's trace, if it has one
 * @param traceId of the trace that was exported, or the client's
 * @param tenant the name of the key that it came with; empty where none was asked for
 * @param model that answers; empty where none is deployed by the name that the request gives, or until that is known
 * @param receivedAt milliseconds since 1970-01-01 UTC
 * @param parsed its body was read and understood
 * @param tokenized its prompt was; of several prompts the last one
 * @param accepted a worker has every choice; of several prompts the last one
 * @param firstToken of any choice, and lastToken: of any
 * @param ended its terminal event
 * @param status of the response; 0 while it is open
 * @param reason the finish reason or the failure's code; empty while it is open
 * @param attempts in the order of their beginning
 * @param attemptsLeftOut further ones
 */
record Waterfall(
        String id,
        @Nullable String clientId,
        @Nullable TraceContext trace,
        @Nullable String traceId,
        String path,
        String tenant,
        String model,
        long receivedAt,
        long parsed,
        long tokenized,
        long accepted,
        long firstToken,
        long lastToken,
        long ended,
        int status,
        String reason,
        int promptTokens,
        int cachedTokens,
        int outputTokens,
        List<Attempt> attempts,
        int attemptsLeftOut) {
    static final long NEVER = -1;

    Waterfall {
        attempts = List.copyOf(attempts);
    }

    boolean isOpen() {
        return ended == NEVER;
    }

    /** How long its last prompt waited for a worker: in the gateway, but for a message to the worker and back. */
    long waited() {
        return accepted == NEVER || tokenized == NEVER ? 0 : Math.max(0, accepted - tokenized);
    }

    /** How an attempt ended. */
    enum Outcome {
        RUNNING,
        FINISHED,
        /** Its worker was lost. */
        LOST,
        /** The request ended before it did. */
        STOPPED
    }

    /**
     * One attempt at one choice.
     *
     * @param choice counted over all prompts
     * @param number counts up from the choice's first; one that its worker refused has no entry
     * @param worker that has it
     * @param cachedTokens of its prompt
     * @param submitted to its worker
     * @param prefillBegin its worker scheduled it
     * @param firstToken its own first one, which ends its prefill
     * @param ended finished or lost
     * @param tokens that it brought
     * @param selection why its worker was asked; null where that is not known
     */
    record Attempt(
            int choice,
            int number,
            String worker,
            int cachedTokens,
            long submitted,
            long prefillBegin,
            long firstToken,
            long lastToken,
            long ended,
            int tokens,
            Outcome outcome,
            WorkerSelector.@Nullable Selection selection) {}
}
