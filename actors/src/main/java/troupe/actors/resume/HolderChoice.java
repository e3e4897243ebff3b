package troupe.actors.resume;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which gateway holds the replicas of a gateway's sequences: the next one in the ring of their sorted names. */
final class HolderChoice {
    private HolderChoice() {}

    /** @param refused those that will not */
    static Optional<String> of(String self, Set<String> others, Set<String> refused) {
        TreeSet<String> ring = new TreeSet<>(others);
        ring.remove(self);
        ring.removeAll(refused);
        String next = ring.higher(self);
        return Optional.ofNullable(next != null || ring.isEmpty() ? next : ring.first());
    }
}
