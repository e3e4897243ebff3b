package troupe.http;

import java.util.Optional;

/** Where the traces of requests go. */
interface Telemetry extends AutoCloseable {
    /** Nowhere. */
    Telemetry NONE = request -> Optional.empty();

    /** Hands a request that has ended over, without waiting; gives the id of its trace, if it is recorded. */
    Optional<String> export(Waterfall request);

    /** Sends what is still here, and waits for it a little. */
    @Override
    default void close() {}
}
