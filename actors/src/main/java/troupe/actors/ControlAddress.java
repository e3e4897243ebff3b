package troupe.actors;

/**
 * Where a gateway's process takes control connections, whose ends tell of the ends of processes.
 *
 * @param token that whoever connects has to know
 */
public record ControlAddress(String host, int port, String token) {
    /** Without the token. */
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
