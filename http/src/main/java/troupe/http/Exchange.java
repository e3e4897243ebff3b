package troupe.http;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request for an answer, apart from its body.
 *
 * @param disconnect tells when the client has gone
 * @param timeout that the client gives it; null: the default
 * @param memory that it holds until its end
 * @param resume empty: the request ends with its connection
 */
record Exchange(
        RequestTrace trace,
        Disconnect disconnect,
        @Nullable Duration timeout,
        MemoryBudget.Lease memory,
        Optional<ResumeHeaders> resume) {}
