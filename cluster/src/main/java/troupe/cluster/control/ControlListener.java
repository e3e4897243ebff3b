package troupe.cluster.control;

/** Hears of processes that are connected; called on threads of the connections. */
public interface ControlListener {
    /** The process is gone, or cannot be reached; said once for each time that it had connected. */
    void gone(String node, long life);
}
