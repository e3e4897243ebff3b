package troupe.bench.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import troupe.cluster.simulation.SyntheticTokens;
import troupe.cluster.simulation.Turn;
import troupe.cluster.simulation.Workload;

/**
 * A workload several times at once, for a cluster as many times as large. The copies have no tokens in common and begin
 * one after the other, evenly over the mean time between two sessions.
 */
final class Copies implements Workload {
    private static final int INDEX_BITS = 24;

    private final Workload workload;
    private final int copies;
    /** By start: microseconds, then the workload's session times copies plus the copy in the lower bits. */
    private final long[] sessions;

    Copies(Workload workload, int copies) {
        int count = Math.multiplyExact(workload.size(), copies);
        if (copies < 1 || count > 1 << INDEX_BITS) {
            throw new IllegalArgumentException(copies + " copies of " + workload.size()
                    + " sessions: at least 1 copy and at most " + (1 << INDEX_BITS) + " sessions are possible");
        }
        this.workload = workload;
        this.copies = copies;
        int last = workload.size() - 1;
        double shift = last < 1 ? 0 : workload.startSeconds(last) / last / copies;
        sessions = new long[count];
        for (int i = 0; i < count; i++) {
            double start = workload.startSeconds(i / copies) + i % copies * shift;
            sessions[i] = (Math.round(start * 1e6) << INDEX_BITS) | i;
        }
        Arrays.sort(sessions);
    }

    @Override
    public String title() {
        return workload.title() + ", " + copies + " copies";
    }

    @Override
    public int size() {
        return sessions.length;
    }

    @Override
    public double startSeconds(int session) {
        return (sessions[session] >>> INDEX_BITS) / 1e6;
    }

    @Override
    public List<Turn> turns(int session) {
        int index = (int) (sessions[session] & ((1 << INDEX_BITS) - 1));
        int copy = index % copies;
        List<Turn> turns = new ArrayList<>();
        for (Turn turn : workload.turns(index / copies)) {
            turns.add(new Turn(
                    turn.pauseSeconds(),
                    turn.prompt().inCopy(copy),
                    turn.outputTokens(),
                    SyntheticTokens.inCopy(turn.answer(), copy)));
        }
        return turns;
    }
}
