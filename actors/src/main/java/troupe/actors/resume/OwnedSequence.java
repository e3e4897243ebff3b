package troupe.actors.resume;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A resumable sequence that lives at this gateway, and where its replica is.
 *
 * <pre>
 *   BEGUN --accepted--> STORING --the holder has it--> STORED
 *                        ^  |  |                          |
 *                        |  |  +--nobody holds it--> ALONE +--the holder is gone, or has lost it--> STORING
 *                        |  +--refused, or silent: the next one
 *                        +--another gateway has come (from ALONE)
 * </pre>
 */
final class OwnedSequence<L, S> {
    enum Phase {
        BEGUN,
        STORING,
        STORED,
        ALONE
    }

    /** Ticks after which a record is sent again, and after which its holder is given up. */
    private static final int RESEND_TICKS = 4;

    private static final int PATIENCE_TICKS = 12;

    private final ResumeKey key;
    private final String sequence;
    private final long epoch;
    private final String fingerprint;
    private @Nullable S ref;
    private @Nullable Client<L> waiting;

    private Phase phase = Phase.BEGUN;
    private @Nullable SequenceRecord record;
    private @Nullable String holder;
    private boolean settled;
    private int ticksUnanswered;
    /** Holders that did not take the record, since the gateways last changed. */
    private final Set<String> refused = new HashSet<>();
    /** All that may have a replica. */
    private final Set<String> asked = new HashSet<>();
    /** All that have said that they have one. */
    private final Set<String> holding = new HashSet<>();

    OwnedSequence(ResumeKey key, String sequence, long epoch, String fingerprint) {
        this.key = key;
        this.sequence = sequence;
        this.epoch = epoch;
        this.fingerprint = fingerprint;
    }

    ResumeKey key() {
        return key;
    }

    String sequence() {
        return sequence;
    }

    long epoch() {
        return epoch;
    }

    String fingerprint() {
        return fingerprint;
    }

    Phase phase() {
        return phase;
    }

    /** Null until it has said that it lives. */
    @Nullable
    S ref() {
        return ref;
    }

    Optional<String> holder() {
        return Optional.ofNullable(holder);
    }

    Optional<SequenceRecord> record() {
        return Optional.ofNullable(record);
    }

    Set<String> asked() {
        return asked;
    }

    /** It lives; gives the client that waits for it. */
    Optional<Client<L>> lives(S where) {
        ref = where;
        return dismiss();
    }

    /** Gives the client that waits for it, which does so no more. */
    Optional<Client<L>> dismiss() {
        Client<L> client = waiting;
        waiting = null;
        return Optional.ofNullable(client);
    }

    /** A client waits for it; gives the one that did before. */
    Optional<Client<L>> await(Client<L> client) {
        Client<L> former = waiting;
        waiting = client;
        return Optional.ofNullable(former);
    }

    /** Every choice has a worker: this is to be replicated. */
    void accepted(SequenceRecord accepted) {
        record = accepted;
    }

    /** The record goes to this holder; empty: to nobody. */
    void storeAt(Optional<String> gateway) {
        holder = gateway.orElse(null);
        phase = gateway.isPresent() ? Phase.STORING : Phase.ALONE;
        ticksUnanswered = 0;
        gateway.ifPresent(asked::add);
    }

    void stored() {
        phase = Phase.STORED;
        if (holder != null) {
            holding.add(holder);
        }
    }

    /** A gateway has no replica, or no longer. */
    void lostAt(String gateway) {
        holding.remove(gateway);
    }

    /** Its holder will not, or says nothing. */
    void refused() {
        if (holder != null) {
            refused.add(holder);
            holding.remove(holder);
        }
        holder = null;
    }

    Set<String> refusedBy() {
        return refused;
    }

    /** Other gateways are there: all may be asked again. */
    void gatewaysChanged() {
        refused.clear();
    }

    /** These are the gateways that are there, whether they answer or not. */
    void retain(Set<String> gateways) {
        holding.retainAll(gateways);
    }

    /** The first time that its answer may go out. */
    boolean settle() {
        boolean first = !settled;
        settled = true;
        return first;
    }

    /** Its answer has begun, and no other gateway has what it takes to go on with it. */
    boolean isOnlyHere() {
        return settled && holding.isEmpty();
    }

    /** What to do about a record that its holder has not answered. */
    enum Patience {
        WAIT,
        SEND_AGAIN,
        GIVE_UP
    }

    Patience tick() {
        if (phase != Phase.STORING) {
            return Patience.WAIT;
        }
        ticksUnanswered++;
        if (ticksUnanswered >= PATIENCE_TICKS) {
            return Patience.GIVE_UP;
        }
        return ticksUnanswered % RESEND_TICKS == 0 ? Patience.SEND_AGAIN : Patience.WAIT;
    }
}
