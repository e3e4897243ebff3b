package troupe.bench.failures;

import java.util.OptionalDouble;

/** What is done to a node while streams run, and how long streams may then stand still. */
enum FaultKind {
    WORKER_KILL("SIGKILL to a worker", OptionalDouble.of(1_000), OptionalDouble.of(300)),
    GATEWAY_KILL("SIGKILL to a gateway, clients resume", OptionalDouble.empty(), OptionalDouble.empty()),
    WORKER_STOP("SIGSTOP to a worker", OptionalDouble.of(3_000), OptionalDouble.empty());

    private final String title;
    private final OptionalDouble longestMillis;
    private final OptionalDouble medianMillis;

    FaultKind(String title, OptionalDouble longestMillis, OptionalDouble medianMillis) {
        this.title = title;
        this.longestMillis = longestMillis;
        this.medianMillis = medianMillis;
    }

    String title() {
        return title;
    }

    /** The most that any stream may stand still. */
    OptionalDouble longestMillis() {
        return longestMillis;
    }

    /** The most that half of the streams may. */
    OptionalDouble medianMillis() {
        return medianMillis;
    }
}
