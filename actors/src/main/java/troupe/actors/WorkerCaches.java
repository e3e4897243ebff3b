package troupe.actors;

import java.util.HashMap;
import java.util.Map;
import troupe.engine.kv.KvChanges;

/**
 * Follows what the workers have in their prefix caches, and tells the selector. Messages get lost: a gap in a worker's
 * numbers means that its cache is to be asked for as a whole, as the methods' results say.
 *
 * <pre>
 *   ASKED --a snapshot's first chunk--> TAKING --its last--> FOLLOWING
 *     ^                                    |                     |
 *     '------- a gap, or no answer --------+---------gap---------'
 * </pre>
 */
public final class WorkerCaches {
    /** Signs of life without a part of the snapshot after which it is asked for again. */
    static final int PATIENCE_SIGNS = 20;

    private enum Phase {
        ASKED,
        TAKING,
        FOLLOWING
    }

    private static final class Follower {
        Phase phase = Phase.ASKED;
        /** Of the changes that have been applied. */
        long number;

        int nextChunk;
        int signsWithoutNews;

        boolean ask() {
            phase = Phase.ASKED;
            signsWithoutNews = 0;
            return true;
        }
    }

    private final WorkerSelector selector;
    private final Map<WorkerId, Follower> followers = new HashMap<>();

    public WorkerCaches(WorkerSelector selector) {
        this.selector = selector;
    }

    /** A worker is up; its cache is to be asked for. */
    public void up(WorkerId worker) {
        followers.put(worker, new Follower());
    }

    public void down(WorkerId worker) {
        followers.remove(worker);
    }

    /** Changes number {@code number} of a worker; whether its cache is to be asked for. */
    public boolean changed(WorkerId worker, long number, KvChanges changes) {
        Follower follower = followers.get(worker);
        if (follower == null || follower.phase != Phase.FOLLOWING || number <= follower.number) {
            return false;
        }
        if (number > follower.number + 1) {
            return follower.ask();
        }
        follower.number = number;
        selector.cached(worker, changes);
        return false;
    }

    /**
     * A part of a worker's whole cache.
     *
     * @param number of the changes that it includes
     * @param chunk counts the parts from 0
     * @param last whether no part follows
     * @return whether the cache is to be asked for again
     */
    public boolean snapshot(WorkerId worker, long number, int chunk, boolean last, KvChanges changes) {
        Follower follower = followers.get(worker);
        if (follower == null || follower.phase == Phase.FOLLOWING) {
            return false;
        }
        if (chunk == 0) {
            follower.phase = Phase.TAKING;
            follower.number = number;
        } else if (follower.phase == Phase.ASKED) {
            // The rest of a snapshot that was given up.
            return false;
        } else if (chunk != follower.nextChunk || number != follower.number) {
            return follower.ask();
        }
        follower.nextChunk = chunk + 1;
        follower.signsWithoutNews = 0;
        selector.cached(worker, changes);
        if (last) {
            follower.phase = Phase.FOLLOWING;
        }
        return false;
    }

    /** A sign of life, sent after changes number {@code number}; whether the worker's cache is to be asked for. */
    public boolean sign(WorkerId worker, long number) {
        Follower follower = followers.get(worker);
        if (follower == null) {
            return false;
        }
        if (follower.phase == Phase.FOLLOWING) {
            return number > follower.number && follower.ask();
        }
        return ++follower.signsWithoutNews > PATIENCE_SIGNS && follower.ask();
    }
}
