package troupe.cluster.routing;

/**
 * How much longer than the least estimated time a worker with a longer cached prefix may take.
 *
 * @param share of the least time, 0.1 for a tenth
 * @param seconds beside it
 */
public record PrefixWindow(double share, double seconds) {
    public PrefixWindow {
        require("share", share);
        require("seconds", seconds);
    }

    private static void require(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be a number of at least 0");
        }
    }
}
