package troupe.actors;

/**
 * Which messages a node speaks. One number for all message families: it rises with every change of a serialized form, and
 * neighbouring numbers understand each other, so that a cluster can be upgraded node by node.
 *
 * @param release of Troupe, for people
 */
public record Protocol(int version, String release) {
    /** What this build speaks. */
    public static final Protocol CURRENT = new Protocol(1, "0.1.0");

    /** Whether a node of this protocol works with one of {@code other}. */
    public boolean accepts(int other) {
        return Math.abs((long) other - version) <= 1;
    }
}
