package troupe.cluster.simulation;

import java.util.List;

/** Sessions that begin at given times whatever the cluster does. Within a session one request follows the other. */
public interface Workload {
    /** For people. */
    String title();

    /** Sessions. */
    int size();

    /** When a session begins, seconds from the workload's beginning; never earlier than the session before it. */
    double startSeconds(int session);

    /** What happens in it; at least one turn. */
    List<Turn> turns(int session);
}
