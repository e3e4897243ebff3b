package troupe.http;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request for an answer, apart from its body.
 *
 * @param connection that it came on
 * @param timeout that the client gives it; null: the default
 * @param memory that it holds until its end
 * @param resume empty: the request ends with its connection
 */
record Exchange(
        RequestTrace trace,
        Connection connection,
        @Nullable Duration timeout,
        MemoryBudget.Lease memory,
        Optional<ResumeHeaders> resume) {}
