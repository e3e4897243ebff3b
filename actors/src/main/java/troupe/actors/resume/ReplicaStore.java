package troupe.actors.resume;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import troupe.actors.Prompt;
import troupe.engine.executor.ScoredToken;

/**
 * The replicas of other gateways' sequences that one gateway holds, within a number of bytes.
 *
 * <pre>
 *   absent --store--> held --append--> held
 *                      +---freed by its owner, taken over, superseded, expired, no room for its tokens---> absent
 * </pre>
 *
 * At most one of each sequence, of the latest epoch that was stored.
 */
final class ReplicaStore {
    /** Beyond tokens: request, keys, the collections themselves. */
    private static final long RECORD_BYTES = 2_048;

    private static final long PROMPT_TOKEN_BYTES = 4;
    private static final long TOKEN_BYTES = 40;
    private static final long ALTERNATIVE_BYTES = 24;

    /** What became of a message of an owner's. */
    enum Outcome {
        TAKEN,
        /** There is no room. */
        FULL,
        /** Tokens before these are missing; nothing was taken. */
        GAP,
        /** There is no replica of this epoch. */
        UNKNOWN,
        /** There is one of a later epoch. */
        SUPERSEDED
    }

    /** A replica; {@code tokens} are those of each choice. */
    record Replica(SequenceRecord record, String owner, List<List<ScoredToken>> tokens, long storedNanos) {
        int length() {
            int length = 0;
            for (List<ScoredToken> choice : tokens) {
                length += choice.size();
            }
            return length;
        }

        List<Integer> counts() {
            return tokens.stream().map(List::size).toList();
        }
    }

    private final long maxBytes;
    private final Map<String, Replica> replicas = new LinkedHashMap<>();
    private final Map<String, Long> bytes = new HashMap<>();
    private long totalBytes;

    ReplicaStore(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    int size() {
        return replicas.size();
    }

    long totalBytes() {
        return totalBytes;
    }

    /** Holds a replica of {@code owner}'s sequence; the same record may come again. */
    Outcome store(String owner, SequenceRecord record, long nowNanos) {
        Replica present = replicas.get(record.sequence());
        if (present != null && present.record().epoch() > record.epoch()) {
            return Outcome.SUPERSEDED;
        }
        if (present != null && present.record().epoch() == record.epoch()) {
            return Outcome.TAKEN;
        }
        remove(record.sequence());
        if (totalBytes + bytes(record) > maxBytes) {
            return Outcome.FULL;
        }
        List<List<ScoredToken>> tokens = new ArrayList<>();
        for (int i = 0; i < record.request().choices(); i++) {
            tokens.add(new ArrayList<>());
        }
        replicas.put(record.sequence(), new Replica(record, owner, tokens, nowNanos));
        count(record.sequence(), bytes(record));
        return Outcome.TAKEN;
    }

    /** Takes tokens; those that are here already do not count. */
    Outcome append(TokenTail tail) {
        Replica replica = replicas.get(tail.sequence());
        if (replica == null || replica.record().epoch() < tail.epoch()) {
            return Outcome.UNKNOWN;
        }
        if (replica.record().epoch() > tail.epoch()) {
            return Outcome.SUPERSEDED;
        }
        if (tail.choice() < 0 || tail.choice() >= replica.tokens().size() || tail.from() < 0) {
            return Outcome.UNKNOWN;
        }
        List<ScoredToken> tokens = replica.tokens().get(tail.choice());
        if (tail.from() > tokens.size()) {
            return Outcome.GAP;
        }
        List<ScoredToken> added = tail.tokens()
                .subList(
                        Math.min(tokens.size() - tail.from(), tail.tokens().size()),
                        tail.tokens().size());
        long more = 0;
        for (ScoredToken token : added) {
            more += bytes(token);
        }
        if (totalBytes + more > maxBytes) {
            remove(tail.sequence());
            return Outcome.FULL;
        }
        tokens.addAll(added);
        count(tail.sequence(), more);
        return Outcome.TAKEN;
    }

    Optional<Replica> find(String sequence) {
        return Optional.ofNullable(replicas.get(sequence));
    }

    /** The furthest of a request's: of the highest epoch, of these the longest. */
    Optional<Replica> find(ResumeKey key) {
        Replica best = null;
        for (Replica replica : replicas.values()) {
            if (replica.record().key().equals(key) && (best == null || isFurther(replica, best))) {
                best = replica;
            }
        }
        return Optional.ofNullable(best);
    }

    /** Those whose owner is one of {@code gone}. */
    List<Replica> orphans(Set<String> gone) {
        return replicas.values().stream()
                .filter(replica -> gone.contains(replica.owner()))
                .toList();
    }

    /** Forgets a replica whose epoch is at most {@code epoch}. */
    void free(String sequence, long epoch) {
        Replica replica = replicas.get(sequence);
        if (replica != null && replica.record().epoch() <= epoch) {
            remove(sequence);
        }
    }

    /** Forgets those whose owners must have ended them long ago. */
    void expire(long nowNanos) {
        List<Replica> expired = replicas.values().stream()
                .filter(replica -> nowNanos - replica.storedNanos() >= lifeNanos(replica.record()))
                .toList();
        expired.forEach(replica -> remove(replica.record().sequence()));
    }

    private void remove(String sequence) {
        replicas.remove(sequence);
        Long freed = bytes.remove(sequence);
        totalBytes -= freed == null ? 0 : freed;
    }

    private void count(String sequence, long more) {
        bytes.merge(sequence, more, Long::sum);
        totalBytes += more;
    }

    private static boolean isFurther(Replica replica, Replica than) {
        long epoch = replica.record().epoch();
        long other = than.record().epoch();
        return epoch > other || (epoch == other && replica.length() > than.length());
    }

    /** Its deadline, and as long again as it may be kept without a listener before and after its end. */
    private static long lifeNanos(SequenceRecord record) {
        return record.request().timeout() == null
                ? Long.MAX_VALUE
                : record.request()
                        .timeout()
                        .plus(record.resumption().grace().multipliedBy(2))
                        .toNanos();
    }

    private static long bytes(SequenceRecord record) {
        return RECORD_BYTES
                + (record.request().prompt() instanceof Prompt.Tokens(var ids) ? PROMPT_TOKEN_BYTES * ids.size() : 0);
    }

    static long bytes(ScoredToken token) {
        return TOKEN_BYTES + ALTERNATIVE_BYTES * token.top().size();
    }
}
