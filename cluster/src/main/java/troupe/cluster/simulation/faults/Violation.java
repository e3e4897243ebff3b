package troupe.cluster.simulation.faults;

/** An {@link Invariant} does not hold. */
public final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Invariant invariant;

    Violation(Invariant invariant, String detail) {
        super(invariant + " (" + invariant.sentence() + "): " + detail);
        this.invariant = invariant;
    }

    public Invariant invariant() {
        return invariant;
    }
}
