package troupe.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.conf.KeyLimits;

/**
 * Holds the requests of one key to its limits. A request {@link #open}s, {@link #reserve}s the tokens that it may take, and
 * {@link #close}s with those that it took. Thread-safe; times are nanoseconds of one clock, passed in.
 *
 * <p>One that goes on with an answer that has begun was counted at its beginning: it gets back what it took once it
 * {@link #goesOn}. Until that is known, a client's word for it is good for a debt of a minute's requests and tokens, no more.
 */
final class KeyLimiter {
    private static final String REQUESTS = "requests";
    private static final String TOKENS = "tokens";

    /** Nobody knows when an open request ends. */
    private static final long UNTIL_ONE_ENDS_NANOS = 1_000_000_000;

    /**
     * Why a request is refused.
     *
     * @param of what there are too many: requests or tokens
     * @param limit the one that is reached, as the file of keys calls it
     * @param allowed its value
     * @param retryNanos until it has room again, if the key asks for nothing meanwhile
     */
    record Refusal(String of, String limit, int allowed, long retryNanos) {}

    /** One request, from its beginning to its end. */
    static final class Ticket {
        private final boolean saysItGoesOn;
        private boolean isOpen;
        private boolean goesOn;
        private double reserved;

        /** @param saysItGoesOn as its client has it */
        Ticket(boolean saysItGoesOn) {
            this.saysItGoesOn = saysItGoesOn;
        }
    }

    private KeyLimits limits;
    private @Nullable TokenBucket requests;
    private @Nullable TokenBucket tokens;
    private int open;

    KeyLimiter(KeyLimits limits, long now) {
        this.limits = limits;
        requests = changed(null, limits.requestsPerMinute(), now);
        tokens = changed(null, limits.tokensPerMinute(), now);
    }

    /** Other limits from now on; what was used counts under these too. */
    synchronized void limit(KeyLimits newLimits, long now) {
        limits = newLimits;
        requests = changed(requests, newLimits.requestsPerMinute(), now);
        tokens = changed(tokens, newLimits.tokensPerMinute(), now);
    }

    private static @Nullable TokenBucket changed(@Nullable TokenBucket bucket, int perMinute, long now) {
        if (perMinute == 0) {
            return null;
        }
        if (bucket == null) {
            return new TokenBucket(perMinute, now);
        }
        bucket.refillBy(perMinute, now);
        return bucket;
    }

    /** Begins a request; one that is refused has not begun. */
    synchronized Optional<Refusal> open(Ticket ticket, long now) {
        if (limits.maxOpenRequests() > 0 && open >= limits.maxOpenRequests()) {
            return Optional.of(
                    new Refusal(REQUESTS, "max-open-requests", limits.maxOpenRequests(), UNTIL_ONE_ENDS_NANOS));
        }
        if (requests != null) {
            long wait = wait(requests, ticket, 1, now);
            if (wait > 0) {
                return Optional.of(new Refusal(REQUESTS, "requests-per-minute", limits.requestsPerMinute(), wait));
            }
            requests.take(1, now);
        }
        open++;
        ticket.isOpen = true;
        return Optional.empty();
    }

    /**
     * Sets tokens aside for a request that is open. One that may take more than a minute's gets through when a whole
     * minute's are there.
     */
    synchronized Optional<Refusal> reserve(Ticket ticket, long mostTokens, long now) {
        if (tokens == null) {
            return Optional.empty();
        }
        double needed = tokens.atMost((double) mostTokens);
        long wait = wait(tokens, ticket, needed, now);
        if (wait > 0) {
            return Optional.of(new Refusal(TOKENS, "tokens-per-minute", limits.tokensPerMinute(), wait));
        }
        tokens.take(needed, now);
        ticket.reserved = needed;
        return Optional.empty();
    }

    private static long wait(TokenBucket bucket, Ticket ticket, double amount, long now) {
        return ticket.saysItGoesOn ? bucket.nanosUntilOwed(amount, now) : bucket.nanosUntil(amount, now);
    }

    /** The open request goes on with an answer that was begun before. */
    synchronized void goesOn(Ticket ticket, long now) {
        if (!ticket.isOpen || ticket.goesOn) {
            return;
        }
        ticket.goesOn = true;
        if (requests != null) {
            requests.take(-1, now);
        }
        if (tokens != null) {
            tokens.take(-ticket.reserved, now);
        }
        ticket.reserved = 0;
    }

    /**
     * Ends a request that took {@code usedTokens}.
     *
     * @return whether it was open
     */
    synchronized boolean close(Ticket ticket, long usedTokens, long now) {
        if (!ticket.isOpen) {
            return false;
        }
        ticket.isOpen = false;
        open--;
        if (tokens != null) {
            tokens.take((double) usedTokens - ticket.reserved, now);
        }
        return true;
    }

    /** Requests that have not ended. */
    synchronized int openRequests() {
        return open;
    }
}
