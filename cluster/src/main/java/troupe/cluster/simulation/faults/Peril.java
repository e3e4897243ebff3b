package troupe.cluster.simulation.faults;

import java.util.List;

/** A point where something can go wrong, and what; the first outcome is that nothing does. */
enum Peril {
    /** A message between two machines. */
    MESSAGE("arrives", "is lost", "comes twice", "comes late", "comes very late"),
    /** The same for signs of life and news of caches, which are sent all the time. */
    NEWS("arrives", "is lost", "comes twice", "comes late", "comes very late"),
    /** A step of an engine. */
    STEP("ends", "kills the engine", "hangs", "kills the process", "freezes the process", "finds the node cut off"),
    /** An event at its client. */
    CLIENT("is read", "finds nobody", "is the last that is read for a while", "makes it come again elsewhere"),
    /** A message to a gateway from a worker or a client. */
    GATEWAY(
            "is handled",
            "kills the process",
            "freezes the process",
            "finds the node cut off",
            "finds it cut off from the other gateways",
            "comes while it is taken for dead");

    static final int LOST = 1;
    static final int TWICE = 2;
    static final int LATE = 3;
    static final int VERY_LATE = 4;

    @SuppressWarnings("ImmutableEnumChecker") // It cannot be modified.
    private final List<String> outcomes;

    Peril(String... outcomes) {
        this.outcomes = List.of(outcomes);
    }

    int outcomes() {
        return outcomes.size();
    }

    String outcome(int number) {
        return outcomes.get(number);
    }
}
