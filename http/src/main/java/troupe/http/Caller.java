package troupe.http;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import troupe.conf.ApiKey;
import troupe.engine.Tenant;

/** Who sends one request, and what its key lets it do. */
final class Caller {
    /** Of a server that asks for no keys. */
    static final Caller ANYONE = new Caller(Tenant.NONE, Integer.MIN_VALUE, null, null, () -> 0);

    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Tenant tenant;
    private final int leastPriority;
    private final @Nullable KeyLimiter limiter;
    private final @Nullable TenantMetrics metrics;
    private final LongSupplier nanoClock;
    private KeyLimiter.Ticket ticket = new KeyLimiter.Ticket(false);
    private volatile boolean goesOn;

    private Caller(
            Tenant tenant,
            int leastPriority,
            @Nullable KeyLimiter limiter,
            @Nullable TenantMetrics metrics,
            LongSupplier nanoClock) {
        this.tenant = tenant;
        this.leastPriority = leastPriority;
        this.limiter = limiter;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
    }

    /** The holder of {@code key}, of one that the file of keys has. */
    static Caller of(ApiKey key, KeyLimiter limiter, TenantMetrics metrics, LongSupplier nanoClock) {
        return new Caller(new Tenant(key.name(), key.weight()), key.leastPriority(), limiter, metrics, nanoClock);
    }

    Tenant tenant() {
        return tenant;
    }

    /** The priority of a request that asks for {@code wanted}: lower is more urgent. */
    int priority(int wanted) {
        return Math.max(wanted, leastPriority);
    }

    /**
     * Begins a request for an answer.
     *
     * @param saysItGoesOn whether it says that it has read a part of that
     * @throws ApiException with 429 where the key's limits have no room
     */
    void open(boolean saysItGoesOn) {
        if (limiter != null) {
            ticket = new KeyLimiter.Ticket(saysItGoesOn);
            require(limiter.open(ticket, nanoClock.getAsLong()));
        }
    }

    /**
     * Sets aside the tokens that the open request may take.
     *
     * @throws ApiException with 429 where the key's limits have no room
     */
    void reserve(long tokens) {
        if (limiter != null) {
            require(limiter.reserve(ticket, tokens, nanoClock.getAsLong()));
        }
    }

    /** The open request goes on with one that was counted when it began. */
    void goesOn() {
        if (limiter != null) {
            limiter.goesOn(ticket, nanoClock.getAsLong());
            goesOn = true;
        }
    }

    /** The request has ended, with so many tokens of prompts and output; one that was not open is left alone. */
    void close(int promptTokens, int outputTokens) {
        int newPromptTokens = goesOn ? 0 : promptTokens;
        long tokens = (long) newPromptTokens + outputTokens;
        if (limiter != null && limiter.close(ticket, tokens, nanoClock.getAsLong()) && metrics != null) {
            metrics.ended(goesOn ? 0 : 1, newPromptTokens, outputTokens);
        }
    }

    private void require(Optional<KeyLimiter.Refusal> refusal) {
        if (refusal.isEmpty()) {
            return;
        }
        KeyLimiter.Refusal reached = refusal.get();
        if (metrics != null) {
            metrics.refused(reached.limit());
        }
        int seconds = Math.toIntExact(Math.ceilDiv(reached.retryNanos(), NANOS_PER_SECOND));
        throw ApiException.rateLimited(
                reached.of(),
                "the key '" + tenant.name() + "' has reached its limit " + reached.limit() + " = " + reached.allowed()
                        + "; try again in " + seconds + " s",
                seconds);
    }
}
