package troupe.actors.admin;

/**
 * What a gateway does for requests that outlive their connections.
 *
 * @param owned resumable requests that live here, the finished ones included
 * @param replicas of other gateways' requests that are held here
 * @param replicaBytes of these
 * @param takenOver requests that it has ever gone on with in another gateway's place
 * @param cutOff whether it has lost touch with most other gateways, and takes no such requests
 */
public record ResumingView(int owned, int replicas, long replicaBytes, long takenOver, boolean cutOff) {
    /** Of a gateway that has done nothing yet. */
    public static final ResumingView NONE = new ResumingView(0, 0, 0, 0, false);
}
