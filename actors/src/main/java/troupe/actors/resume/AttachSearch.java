package troupe.actors.resume;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import troupe.actors.resume.PeerMessage.Located;
import troupe.actors.resume.PeerMessage.Standing;

/**
 * Asks all other gateways for a request that is not known here.
 *
 * <pre>
 *   SEARCHING --an owner answers--> decided
 *       +-------all have answered, or the time is over--> decided, by the furthest replica, if there is one
 * </pre>
 */
final class AttachSearch<L, S> {
    /** An answer and whose it is. */
    record Answer<L, S>(String gateway, Located<L, S> located) {}

    private final long number;
    private final long deadlineNanos;
    private final Set<String> awaited;
    private final List<Answer<L, S>> answers = new ArrayList<>();
    private AttachRequest<L> attach;

    /** @param gateways whose answers are waited for */
    AttachSearch(long number, AttachRequest<L> attach, Set<String> gateways, long deadlineNanos) {
        this.number = number;
        this.attach = attach;
        this.deadlineNanos = deadlineNanos;
        awaited = new HashSet<>(gateways);
    }

    long number() {
        return number;
    }

    AttachRequest<L> attach() {
        return attach;
    }

    /** The client has come once more: its latest connection counts. */
    void replace(AttachRequest<L> later) {
        attach = later;
    }

    void answered(String gateway, Located<L, S> located) {
        if (awaited.remove(gateway) && located.standing() != Standing.UNKNOWN) {
            answers.add(new Answer<>(gateway, located));
        }
    }

    /** This gateway holds a replica itself. */
    void own(String gateway, Located<L, S> located) {
        answers.add(new Answer<>(gateway, located));
    }

    /** Gateways that are gone answer no more. */
    void retain(Set<String> gateways) {
        awaited.retainAll(gateways);
    }

    boolean isDecided(long nowNanos) {
        return awaited.isEmpty() || nowNanos - deadlineNanos >= 0 || owner().isPresent();
    }

    /** The latest owner of the answer that the client reads. */
    Optional<Answer<L, S>> owner() {
        return furthest(Standing.OWNER);
    }

    /** The furthest replica of that answer. */
    Optional<Answer<L, S>> replica() {
        return furthest(Standing.REPLICA);
    }

    private Optional<Answer<L, S>> furthest(Standing standing) {
        return answers.stream()
                .filter(answer -> answer.located().standing() == standing && isWhatIsRead(answer.located()))
                .max(Comparator.<Answer<L, S>>comparingLong(
                                answer -> answer.located().epoch())
                        .thenComparingInt(answer -> answer.located().tokens())
                        .thenComparing(Answer::gateway));
    }

    /** Two gateways that could not hear each other may both have begun a request; only one answer is the client's. */
    private boolean isWhatIsRead(Located<L, S> located) {
        ReadSoFar read = attach.read();
        return read == null || located.answer().isEmpty() || located.answer().equals(read.answer());
    }

    /** Whether one of the answers is about another request under the same key. */
    boolean conflicts() {
        return answers.stream().anyMatch(answer -> !answer.located().sameBody());
    }
}
