package troupe.actors;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Which workers are in which process, or were a while ago: why a process ended may be known only after its end was
 * noticed. Plain bookkeeping.
 */
final class Processes {
    /** Workers that are remembered; those that came up first are forgotten first. */
    static final int MOST_WORKERS = 16_384;

    private final LinkedHashMap<WorkerId, ProcessId> workers = new LinkedHashMap<>();

    /** The worker's engine is in this process. */
    void up(WorkerId worker, ProcessId process) {
        workers.putLast(worker, process);
        if (workers.size() > MOST_WORKERS) {
            workers.pollFirstEntry();
        }
    }

    /** The workers of a node's life. */
    List<WorkerId> ofLife(String node, long life) {
        List<WorkerId> found = new ArrayList<>();
        workers.forEach((worker, process) -> {
            if (process.life() == life && process.node().equals(node)) {
                found.add(worker);
            }
        });
        return found;
    }

    /** The workers of the last of a node's lives that had this number among its machine's processes. */
    List<WorkerId> ofPid(String node, long pid) {
        ProcessId last = null;
        for (ProcessId process : workers.values()) {
            if (process.pid() == pid && process.node().equals(node)) {
                last = process;
            }
        }
        return last == null ? List.of() : ofLife(last.node(), last.life());
    }
}
