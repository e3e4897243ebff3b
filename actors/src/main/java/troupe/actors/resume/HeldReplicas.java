package troupe.actors.resume;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import troupe.actors.resume.ReplicaStore.Replica;

/**
 * The part of a holder: keeps replicas of other gateways' sequences, tells an owner that is not the latest one so, and goes on
 * with a sequence in its owner's place.
 */
final class HeldReplicas<L, S> {
    private final int number;
    private final Peers peers;
    private final OwnedSequences<L, S> owned;
    private final Outbox<L, S> outbox;
    private final ReplicaStore replicas;
    private long takenOver;

    /**
     * @param number of this start of this gateway, another one for each
     * @param owned gets what is taken over
     */
    HeldReplicas(int number, long maxBytes, Peers peers, OwnedSequences<L, S> owned, Outbox<L, S> outbox) {
        this.number = number;
        this.peers = peers;
        this.owned = owned;
        this.outbox = outbox;
        replicas = new ReplicaStore(maxBytes);
    }

    int size() {
        return replicas.size();
    }

    long totalBytes() {
        return replicas.totalBytes();
    }

    /** Sequences, since this gateway's start. */
    long takenOver() {
        return takenOver;
    }

    /** The furthest of a request's. */
    Optional<Replica> find(ResumeKey key) {
        return replicas.find(key);
    }

    /** An owner wants a replica to be held. */
    void store(String from, SequenceRecord record, long nowNanos) {
        OwnedSequence<L, S> own = owned.find(record.sequence());
        if (own != null && own.epoch() > record.epoch()) {
            tellLaterEpoch(from, record.sequence(), own.epoch());
            return;
        }
        if (own != null) {
            owned.supersede(own);
        }
        switch (replicas.store(from, record, nowNanos)) {
            case TAKEN -> outbox.send(from, new PeerMessage.Stored<>(record.sequence(), record.epoch(), true));
            case SUPERSEDED -> tellLaterEpoch(from, record.sequence());
            default -> outbox.send(from, new PeerMessage.Stored<>(record.sequence(), record.epoch(), false));
        }
    }

    /** An owner has got more tokens. */
    void append(String from, TokenTail tail) {
        OwnedSequence<L, S> own = owned.find(tail.sequence());
        if (own != null && own.epoch() > tail.epoch()) {
            tellLaterEpoch(from, tail.sequence(), own.epoch());
            return;
        }
        switch (replicas.append(tail)) {
            case TAKEN -> {}
            case GAP ->
                outbox.send(
                        from,
                        new PeerMessage.Missing<>(
                                tail.sequence(),
                                tail.epoch(),
                                replicas.find(tail.sequence())
                                        .map(Replica::counts)
                                        .orElse(null)));
            case UNKNOWN -> outbox.send(from, new PeerMessage.Missing<>(tail.sequence(), tail.epoch(), null));
            case FULL -> outbox.send(from, new PeerMessage.Stored<>(tail.sequence(), tail.epoch(), false));
            case SUPERSEDED -> tellLaterEpoch(from, tail.sequence());
        }
    }

    /** Forgets a replica whose epoch is at most {@code epoch}. */
    void free(String sequence, long epoch) {
        replicas.free(sequence, epoch);
    }

    /** Forgets those whose owners must have ended them long ago. */
    void expire(long nowNanos) {
        replicas.expire(nowNanos);
    }

    /** Goes on with the request here, from the furthest replica, if there is one. */
    void takeOver(ResumeKey key, long nowNanos) {
        replicas.find(key).ifPresent(replica -> takeOver(replica, nowNanos));
    }

    /** Goes on with all that these gateways owned, which are gone. */
    void takeOverFrom(Set<String> gone, long nowNanos) {
        replicas.orphans(gone).forEach(replica -> takeOver(replica, nowNanos));
    }

    private void takeOver(Replica replica, long nowNanos) {
        SequenceRecord record = replica.record();
        replicas.free(record.sequence(), record.epoch());
        if (owned.find(record.key()) != null) {
            // The client has begun it once more here.
            return;
        }
        takenOver++;
        long epoch = Epochs.next(record.epoch(), number);
        owned.put(new OwnedSequence<>(
                record.key(), record.sequence(), epoch, record.resumption().fingerprint()));
        outbox.add(new ResumableEffect.Resume<>(
                record.after(Duration.ofNanos(nowNanos - replica.storedNanos())), epoch, replica.tokens()));
        Set<String> all = peers.all();
        // It may live on, wrongly taken for dead.
        all.add(replica.owner());
        for (String gateway : all) {
            tellLaterEpoch(gateway, record.sequence(), epoch);
        }
    }

    private void tellLaterEpoch(String gateway, String sequence) {
        replicas.find(sequence)
                .ifPresent(replica ->
                        tellLaterEpoch(gateway, sequence, replica.record().epoch()));
    }

    private void tellLaterEpoch(String gateway, String sequence, long epoch) {
        outbox.send(gateway, new PeerMessage.Superseded<>(sequence, epoch));
    }
}
