package troupe.cluster;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import troupe.actors.admin.AdminException;

/** Drains that operators asked for and whose nodes have not yet said that they drain. No actors, no clock. */
final class NodeDrains {
    private record Wish(String node, boolean force, CompletableFuture<Void> done, long deadlineNanos) {}

    /**
     * What is to be done now.
     *
     * @param ask nodes that are to be told, again where they were told before: messages get lost
     * @param down members that cannot be reached, and that an operator wants out all the same
     */
    record Steps(Set<String> ask, List<Members.Known> down) {}

    private final long limitNanos;
    private final List<Wish> wishes = new ArrayList<>();

    /** @param limitNanos within which a node has to say that it drains */
    NodeDrains(long limitNanos) {
        this.limitNanos = limitNanos;
    }

    /**
     * A wish; {@link #settle} says what follows.
     *
     * @param force down the node if it cannot be reached
     * @param done completes when the node drains, has left, or is to be downed
     */
    void add(String node, boolean force, CompletableFuture<Void> done, long nowNanos) {
        wishes.add(new Wish(node, force, done, nowNanos + limitNanos));
    }

    /** What a node reports of itself. */
    void report(String node, boolean draining) {
        wishes.removeIf(wish -> {
            boolean begun = draining && wish.node().equals(node);
            if (begun) {
                wish.done().complete(null);
            }
            return begun;
        });
    }

    /** Ends the wishes that are decided, one way or the other. */
    Steps settle(Map<String, Members.Known> members, long nowNanos) {
        Steps steps = new Steps(new LinkedHashSet<>(), new ArrayList<>());
        wishes.removeIf(wish -> isDecided(wish, members.get(wish.node()), nowNanos, steps));
        return steps;
    }

    private static boolean isDecided(Wish wish, Members.@Nullable Known member, long nowNanos, Steps steps) {
        if (member == null) {
            // It has left meanwhile.
            wish.done().complete(null);
        } else if (member.reachable() && nowNanos - wish.deadlineNanos() < 0) {
            steps.ask().add(wish.node());
            return false;
        } else if (!member.reachable() && wish.force()) {
            steps.down().add(member);
            wish.done().complete(null);
        } else {
            wish.done()
                    .completeExceptionally(new AdminException(
                            AdminException.Kind.UNAVAILABLE,
                            "the node '" + wish.node() + "' "
                                    + (member.reachable() ? "does not answer" : "cannot be reached")
                                    + "; a drain by force (--force) downs it"));
        }
        return true;
    }
}
