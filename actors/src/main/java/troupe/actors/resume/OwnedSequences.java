package troupe.actors.resume;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.resume.OwnedSequence.Phase;

/**
 * The resumable sequences that live at this gateway, and the part of their owner: each has a replica at one other gateway,
 * where there is one that has room; each is kept for its client when it has finished, as long as there is room here. At most
 * one for each {@link ResumeKey}.
 */
final class OwnedSequences<L, S> {
    private final String self;
    private final boolean replicate;
    private final Peers peers;
    private final Outbox<L, S> outbox;
    private final Map<String, OwnedSequence<L, S>> byId = new LinkedHashMap<>();
    private final Map<ResumeKey, OwnedSequence<L, S>> byKey = new HashMap<>();
    private final FinishedAnswers finished;
    private final UnsentTokens unsent = new UnsentTokens();

    OwnedSequences(String self, ResumableState.Limits limits, Peers peers, Outbox<L, S> outbox) {
        this.self = self;
        replicate = limits.replicate();
        finished = new FinishedAnswers(limits.maxFinished(), limits.maxFinishedBytes());
        this.peers = peers;
        this.outbox = outbox;
    }

    int size() {
        return byId.size();
    }

    /** As of now: they may change meanwhile. */
    List<OwnedSequence<L, S>> all() {
        return List.copyOf(byId.values());
    }

    /** Null where it does not live here. */
    @Nullable
    OwnedSequence<L, S> find(String sequence) {
        return byId.get(sequence);
    }

    @Nullable
    OwnedSequence<L, S> find(ResumeKey key) {
        return byKey.get(key);
    }

    void put(OwnedSequence<L, S> own) {
        byId.put(own.sequence(), own);
        byKey.put(own.key(), own);
    }

    /** Whether a sequence's clients are best served here, even where this gateway is cut off. */
    boolean isKeptHere(@Nullable OwnedSequence<L, S> own) {
        return own != null && (own.isOnlyHere() || finished.has(own.sequence()));
    }

    /** Whether they have replicas, unless no gateway has room. */
    boolean expectReplicas() {
        return replicate && !peers.inTouch().isEmpty();
    }

    /** A sequence has a worker for every choice: its record is to be somewhere else before its answer goes out. */
    void accepted(SequenceRecord record) {
        OwnedSequence<L, S> own = byId.get(record.sequence());
        if (own != null && own.epoch() == record.epoch()) {
            own.accepted(record);
            store(own);
        }
    }

    /** Tokens have come to a sequence. */
    void progress(TokenTail tail) {
        OwnedSequence<L, S> own = byId.get(tail.sequence());
        if (own != null && own.epoch() == tail.epoch() && own.phase() == Phase.STORED) {
            own.holder().ifPresent(holder -> unsent.add(holder, tail));
        }
    }

    /** Sends the tokens that were collected for the replicas. */
    void flush() {
        unsent.flush((holder, tails) -> outbox.send(holder, new PeerMessage.Append<>(tails)));
    }

    /** A sequence has its last event, and is kept; the oldest of these may have to go. */
    void finished(String sequence, S ref, long bytes) {
        if (find(sequence, ref) != null) {
            finished.add(sequence, bytes);
        }
        for (var oldest = finished.removeOldestPastLimits();
                oldest.isPresent();
                oldest = finished.removeOldestPastLimits()) {
            OwnedSequence<L, S> old = byId.get(oldest.get());
            if (old != null && old.ref() != null) {
                outbox.add(new ResumableEffect.Drop<>(old.ref()));
            }
        }
    }

    /** A sequence has ended, and nobody will ask for it. */
    void freed(String sequence, S ref) {
        OwnedSequence<L, S> own = find(sequence, ref);
        if (own != null) {
            remove(own);
            for (String gateway : own.asked()) {
                outbox.send(gateway, new PeerMessage.Free<>(sequence, own.epoch()));
            }
        }
    }

    /** A sequence is gone without having ended: what another gateway holds of it stays there. */
    void lost(String sequence, S ref) {
        OwnedSequence<L, S> own = find(sequence, ref);
        if (own != null) {
            remove(own);
        }
    }

    /** A sequence has a later owner. */
    void supersede(OwnedSequence<L, S> own) {
        remove(own);
        if (own.ref() != null) {
            outbox.add(new ResumableEffect.Supersede<>(own.ref()));
        }
    }

    /** Another gateway says that the sequence has an owner of this epoch, which is told if it is not the latest. */
    void superseded(String from, String sequence, long epoch) {
        OwnedSequence<L, S> own = byId.get(sequence);
        if (own == null) {
            return;
        }
        if (own.epoch() < epoch) {
            supersede(own);
        } else if (own.epoch() > epoch) {
            outbox.send(from, new PeerMessage.Superseded<>(sequence, own.epoch()));
        }
    }

    /** A gateway that was asked to hold a replica has answered, or has no room any more. */
    void stored(String from, String sequence, long epoch, boolean accepted) {
        OwnedSequence<L, S> own = byId.get(sequence);
        if (own == null) {
            if (accepted) {
                // It ended before its holder had answered.
                outbox.send(from, new PeerMessage.Free<>(sequence, epoch));
            }
            return;
        }
        if (own.epoch() == epoch && !accepted) {
            own.lostAt(from);
        }
        if (own.epoch() != epoch || !from.equals(own.holder().orElse(null)) || own.phase() == Phase.ALONE) {
            return;
        }
        if (!accepted) {
            own.refused();
            store(own);
        } else if (own.phase() == Phase.STORING) {
            own.stored();
            settle(own, from);
            sendTokens(own, noTokens(own));
        }
    }

    /** A holder has only {@code have} tokens of each choice; null: no replica at all. */
    void missing(String from, String sequence, long epoch, @Nullable List<Integer> have) {
        OwnedSequence<L, S> own = byId.get(sequence);
        if (own == null || own.epoch() != epoch || !from.equals(own.holder().orElse(null))) {
            return;
        }
        if (own.phase() == Phase.STORED) {
            unsent.remove(sequence);
            if (have == null) {
                own.lostAt(from);
                store(own);
            } else {
                sendTokens(own, have);
            }
        }
    }

    /** These are the gateways that are there, whether they answer or not. */
    void retain(Set<String> gateways) {
        unsent.retain(gateways);
        byId.values().forEach(own -> own.retain(gateways));
    }

    /** Other gateways answer now; {@code more}: some that did not before. */
    void followPeers(boolean more) {
        for (OwnedSequence<L, S> own : all()) {
            own.gatewaysChanged();
            boolean isWorthwhile = more && own.phase() == Phase.ALONE;
            if (own.record().isPresent() && (isWorthwhile || isBereft(own))) {
                store(own);
            }
        }
    }

    /** A short while has passed: a record that no holder has answered is sent again, or to another one. */
    void tick() {
        for (OwnedSequence<L, S> own : all()) {
            switch (own.tick()) {
                case WAIT -> {}
                case SEND_AGAIN -> own.holder().ifPresent(holder -> sendRecord(own, holder));
                case GIVE_UP -> {
                    own.refused();
                    store(own);
                }
            }
        }
    }

    /** Null where the sequence is another one now. */
    private @Nullable OwnedSequence<L, S> find(String sequence, S ref) {
        OwnedSequence<L, S> own = byId.get(sequence);
        return own != null && ref.equals(own.ref()) ? own : null;
    }

    /** Its holder is gone, or silent while another one is not. */
    private boolean isBereft(OwnedSequence<L, S> own) {
        return own.holder()
                .filter(holder -> !peers.inTouch().contains(holder))
                .filter(holder -> !peers.inTouch().isEmpty() || !peers.has(holder))
                .isPresent();
    }

    /** Sends the record to the next gateway that may hold it. */
    private void store(OwnedSequence<L, S> own) {
        Optional<String> holder =
                replicate ? HolderChoice.of(self, peers.inTouch(), own.refusedBy()) : Optional.empty();
        own.storeAt(holder);
        holder.ifPresentOrElse(gateway -> sendRecord(own, gateway), () -> settle(own, null));
    }

    private void sendRecord(OwnedSequence<L, S> own, String gateway) {
        own.record().ifPresent(record -> outbox.send(gateway, new PeerMessage.Store<>(record)));
    }

    private void settle(OwnedSequence<L, S> own, @Nullable String holder) {
        if (own.ref() != null && own.settle()) {
            outbox.add(new ResumableEffect.Settled<>(own.ref(), holder));
        }
    }

    private void sendTokens(OwnedSequence<L, S> own, List<Integer> from) {
        if (own.ref() != null) {
            outbox.add(new ResumableEffect.SendTokens<>(own.ref(), from));
        }
    }

    private static <L, S> List<Integer> noTokens(OwnedSequence<L, S> own) {
        int choices = own.record().map(record -> record.request().choices()).orElse(0);
        return Collections.nCopies(choices, 0);
    }

    private void remove(OwnedSequence<L, S> own) {
        byId.remove(own.sequence());
        byKey.remove(own.key(), own);
        finished.remove(own.sequence());
        unsent.remove(own.sequence());
    }
}
