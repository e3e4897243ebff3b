package troupe.cluster.simulation.faults;

import java.util.List;

/** Breaks the protocol where a test shows that an {@link Invariant} notices. */
@FunctionalInterface
interface Sabotage {
    Sabotage NONE = (to, message) -> List.of(message);

    /** What arrives in place of {@code message}. */
    List<Message> delivered(Endpoint to, Message message);
}
