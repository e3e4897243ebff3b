package troupe.http;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import troupe.conf.ApiKey;
import troupe.conf.KeyLimits;
import troupe.conf.Secret;

/**
 * Who may use the API: whoever sends one of the keys, or, where none is configured, everyone. What is wrong with a key that
 * is refused, neither the answer nor its time tells.
 */
final class ApiKeyGuard {
    private static final String SCHEME = "Bearer ";
    private static final int OWN_KEY_BYTES = 32;

    private final boolean asksForKeys;
    private final Secret ownKey;
    private final Metrics metrics;
    private final LongSupplier nanoClock;
    private final Map<String, KeyLimiter> limiters = new ConcurrentHashMap<>();
    private volatile KeyRing ring = new KeyRing(List.of());

    /** @param asksForKeys whether a request needs one; with it nobody is let in before {@link #accept} */
    ApiKeyGuard(boolean asksForKeys, Metrics metrics, LongSupplier nanoClock) {
        this.asksForKeys = asksForKeys;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        byte[] random = new byte[OWN_KEY_BYTES];
        new SecureRandom().nextBytes(random);
        ownKey = new Secret(HexFormat.of().formatHex(random));
        accept(List.of());
    }

    /** The key of this process's own requests, which nobody else learns; it has no name and no limits. */
    Secret ownKey() {
        return ownKey;
    }

    boolean asksForKeys() {
        return asksForKeys;
    }

    /** From now on these keys are valid, and no others; requests that are open go on. */
    void accept(List<ApiKey> keys) {
        long now = nanoClock.getAsLong();
        List<ApiKey> all = new ArrayList<>(keys);
        all.add(new ApiKey("", ApiKey.Hash.of(ownKey.value()), 1, Integer.MIN_VALUE, KeyLimits.NONE));
        for (ApiKey key : all) {
            limiters.computeIfAbsent(key.name(), name -> new KeyLimiter(key.limits(), now))
                    .limit(key.limits(), now);
        }
        ring = new KeyRing(all);
        limiters.keySet().retainAll(all.stream().map(ApiKey::name).toList());
    }

    /** @throws ApiException with 401 where a key is needed and the request has none that is valid */
    Caller check(HttpRequest request) {
        if (!asksForKeys) {
            return Caller.ANYONE;
        }
        String header =
                request.getHeader("Authorization").map(HttpHeader::value).orElse("");
        boolean isBearer = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        ApiKey key =
                ring.find(isBearer ? header.substring(SCHEME.length()) : "").orElseThrow(ApiException::unauthenticated);
        if (key.name().isEmpty()) {
            return Caller.ANYONE; // this process itself
        }
        return Caller.of(
                key,
                limiters.computeIfAbsent(key.name(), name -> new KeyLimiter(key.limits(), nanoClock.getAsLong())),
                metrics.ofTenant(key.name()),
                nanoClock);
    }
}
