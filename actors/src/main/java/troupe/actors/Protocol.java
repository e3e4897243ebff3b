package troupe.actors;

/**
 * Which messages a node speaks. One number for all message families: it rises with every change of a serialized form, and
 * neighbouring numbers understand each other, so that a cluster can be upgraded node by node.
 *
 * <p>What that asks of a change: a field that is not known is ignored; one that is not sent reads as 0, false or null, so
 * that these must mean "not told" in a new field. Fields are never renamed, retyped or removed within two numbers. A new
 * message, enum constant or class of a sealed interface is not sent to a node of an earlier number, which would drop it.
 * The forms are committed in {@code src/test/resources/wire}, and tests compare.
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
