package troupe.http;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.conf.ApiKey;

/** The keys that are valid. To find one takes the same time for every text that is none. */
record KeyRing(List<ApiKey> keys) {
    KeyRing {
        keys = List.copyOf(keys);
    }

    /** The entry of a key. */
    Optional<ApiKey> find(String key) {
        ApiKey.Hash hash = ApiKey.Hash.of(key);
        @Nullable ApiKey found = null;
        for (ApiKey each : keys) {
            // No early end.
            if (each.hash().equals(hash)) {
                found = each;
            }
        }
        return Optional.ofNullable(found);
    }
}
