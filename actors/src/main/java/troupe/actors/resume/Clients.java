package troupe.actors.resume;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.FailureKind;
import troupe.actors.resume.PeerMessage.Located;
import troupe.actors.resume.PeerMessage.Standing;

/**
 * The clients that have come to this gateway, until each is connected to its request, wherever that is: at the sequence that
 * lives here, at another gateway's, at one that goes on from a replica, or at a new one.
 *
 * <pre>
 *   a client comes --its sequence lives here--> connected
 *      |
 *      +--> SEARCHED FOR --an owner--> connected
 *                 +------a replica--> taken over by its holder, connected there
 *                 +------nobody has it--> STARTING --its sequence has started--> connected
 * </pre>
 *
 * A client that comes again takes the place of its former connection. While this gateway is cut off, clients are sent to
 * others, but for those of sequences that are kept here.
 */
final class Clients<L, S> {
    private final String self;
    private final long searchNanos;
    private final Peers peers;
    private final OwnedSequences<L, S> owned;
    private final HeldReplicas<L, S> replicas;
    private final Outbox<L, S> outbox;
    private final Map<ResumeKey, AttachSearch<L, S>> searches = new LinkedHashMap<>();
    /** New requests on their way to their sequence. */
    private final Map<ResumeKey, AttachRequest<L>> starting = new HashMap<>();

    private long searchNumber;

    /** @param searchNanos an owner that says nothing for this long is taken for dead */
    Clients(
            String self,
            long searchNanos,
            Peers peers,
            OwnedSequences<L, S> owned,
            HeldReplicas<L, S> replicas,
            Outbox<L, S> outbox) {
        this.self = self;
        this.searchNanos = searchNanos;
        this.peers = peers;
        this.owned = owned;
        this.replicas = replicas;
        this.outbox = outbox;
    }

    /** A client has come. */
    void attach(AttachRequest<L> attach, long nowNanos) {
        ResumeKey key = attach.key();
        OwnedSequence<L, S> own = owned.find(key);
        AttachSearch<L, S> search = searches.get(key);
        AttachRequest<L> begun = starting.get(key);
        if (peers.isCutOff() && !owned.isKeptHere(own)) {
            sendElsewhere(attach.listener());
        } else if (own != null) {
            connectSame(own, attach);
        } else if (search != null) {
            if (isSame(search.attach(), attach)) {
                detach(search.attach().listener());
                search.replace(attach);
            }
        } else if (begun != null) {
            if (isSame(begun, attach)) {
                detach(begun.listener());
                begin(attach);
            }
        } else {
            search(attach, nowNanos);
        }
    }

    /**
     * A sequence has started here.
     *
     * @param listener that it started with; null: none
     */
    void begun(Resumption resumption, String sequence, long epoch, @Nullable L listener, S ref) {
        ResumeKey key = resumption.key();
        OwnedSequence<L, S> known = owned.find(sequence);
        if (known != null && known.epoch() == epoch) {
            known.lives(ref).ifPresent(client -> connect(known, client));
            return;
        }
        AttachRequest<L> wanted = starting.get(key);
        if (epoch != Epochs.FIRST
                || owned.find(key) != null
                || (wanted != null && !wanted.listener().equals(listener))) {
            // It was taken over or begun once more before it had started here.
            outbox.add(new ResumableEffect.Supersede<>(ref));
            return;
        }
        starting.remove(key);
        OwnedSequence<L, S> own = new OwnedSequence<>(key, sequence, epoch, resumption.fingerprint());
        own.lives(ref);
        owned.put(own);
        if (peers.isCutOff()) {
            outbox.add(new ResumableEffect.Detach<>(ref));
        }
    }

    /** A listener is gone, which may have waited for its sequence to start. */
    void listenerGone(L listener) {
        starting.values().removeIf(attach -> attach.listener().equals(listener));
    }

    /** Another gateway searches for a request. */
    void locate(String from, long search, Resumption resumption) {
        OwnedSequence<L, S> own = owned.find(resumption.key());
        // One that is cut off is to be taken for dead, but for what it alone has.
        if (!peers.isCutOff() || (own != null && own.isOnlyHere())) {
            outbox.send(from, located(search, resumption));
        }
    }

    /** Another gateway says what it knows of a request that was searched for. */
    void located(String from, Located<L, S> located, long nowNanos) {
        AttachSearch<L, S> search = searches.get(located.key());
        if (search != null && search.number() == located.search()) {
            search.answered(from, located);
            decide(search, nowNanos);
        } else if (located.standing() == Standing.OWNER) {
            // It was silent for so long that the client has gone on without it.
            OwnedSequence<L, S> own = owned.find(located.key());
            if (own != null && !own.sequence().equals(located.sequence())) {
                outbox.send(from, new PeerMessage.Superseded<>(located.sequence(), Long.MAX_VALUE));
            }
        }
    }

    /** A client's request is to go on here, since its owner says nothing. */
    void takeOver(PeerMessage.TakeOver<L, S> asked, long nowNanos) {
        ResumeKey key = asked.resumption().key();
        OwnedSequence<L, S> own = owned.find(key);
        if (peers.isCutOff() && !owned.isKeptHere(own)) {
            sendElsewhere(asked.listener());
            return;
        }
        if (own == null) {
            replicas.takeOver(key, nowNanos);
            own = owned.find(key);
        }
        if (own == null) {
            outbox.add(new ResumableEffect.Refuse<>(
                    asked.listener(), FailureKind.OVERLOADED, "the request is changing its gateway, ask again"));
            return;
        }
        connect(own, new Client<>(asked.listener(), asked.read()));
    }

    /** Other gateways answer now: the others are not waited for. */
    void followPeers(long nowNanos) {
        for (AttachSearch<L, S> search : List.copyOf(searches.values())) {
            search.retain(peers.inTouch());
            decide(search, nowNanos);
        }
    }

    /** A short while has passed. */
    void tick(long nowNanos) {
        for (AttachSearch<L, S> search : List.copyOf(searches.values())) {
            decide(search, nowNanos);
        }
    }

    /** This gateway is cut off: the others will go on with what lives here. */
    void leave() {
        for (OwnedSequence<L, S> own : owned.all()) {
            S ref = own.ref();
            if (!owned.isKeptHere(own)) {
                own.dismiss().ifPresent(client -> sendElsewhere(client.listener()));
                if (ref != null) {
                    outbox.add(new ResumableEffect.Detach<>(ref));
                }
            }
        }
        searches.values().forEach(search -> sendElsewhere(search.attach().listener()));
        searches.clear();
    }

    private void connectSame(OwnedSequence<L, S> own, AttachRequest<L> attach) {
        if (own.fingerprint().equals(attach.resumption().fingerprint())) {
            connect(own, attach.client());
        } else {
            refuseConflict(attach);
        }
    }

    private void connect(OwnedSequence<L, S> own, Client<L> client) {
        S ref = own.ref();
        if (ref != null) {
            outbox.add(new ResumableEffect.Connect<>(ref, client.listener(), client.read()));
        } else {
            own.await(client).ifPresent(former -> detach(former.listener()));
        }
    }

    private boolean isSame(AttachRequest<L> former, AttachRequest<L> attach) {
        if (former.resumption().fingerprint().equals(attach.resumption().fingerprint())) {
            return true;
        }
        refuseConflict(attach);
        return false;
    }

    private void search(AttachRequest<L> attach, long nowNanos) {
        AttachSearch<L, S> search = new AttachSearch<>(++searchNumber, attach, peers.inTouch(), nowNanos + searchNanos);
        searches.put(attach.key(), search);
        replicas.find(attach.key())
                .ifPresent(replica -> search.own(self, located(search.number(), attach.resumption())));
        for (String gateway : peers.all()) {
            outbox.send(gateway, new PeerMessage.Locate<>(search.number(), attach.resumption()));
        }
        decide(search, nowNanos);
    }

    private void decide(AttachSearch<L, S> search, long nowNanos) {
        if (!search.isDecided(nowNanos)) {
            return;
        }
        AttachRequest<L> attach = search.attach();
        searches.remove(attach.key());
        if (search.conflicts()) {
            refuseConflict(attach);
            return;
        }
        Optional<AttachSearch.Answer<L, S>> owner = search.owner();
        S ref = owner.flatMap(answer -> Optional.ofNullable(answer.located().ref()))
                .orElse(null);
        if (ref != null) {
            outbox.add(new ResumableEffect.Connect<>(ref, attach.listener(), attach.read()));
            return;
        }
        String holder = search.replica().map(AttachSearch.Answer::gateway).orElse(null);
        PeerMessage.TakeOver<L, S> takeOver =
                new PeerMessage.TakeOver<>(attach.resumption(), attach.read(), attach.listener());
        if (holder == null) {
            beginUnknown(attach);
        } else if (holder.equals(self)) {
            takeOver(takeOver, nowNanos);
        } else {
            outbox.send(holder, takeOver);
        }
    }

    private void beginUnknown(AttachRequest<L> attach) {
        if (attach.read() == null || attach.isDetermined()) {
            begin(attach);
        } else {
            refuseUnknown(attach.listener());
        }
    }

    private void begin(AttachRequest<L> attach) {
        starting.put(attach.key(), attach);
        outbox.add(new ResumableEffect.Begin<>(attach));
    }

    /** What is known of a request here. */
    private Located<L, S> located(long search, Resumption resumption) {
        ResumeKey key = resumption.key();
        OwnedSequence<L, S> own = owned.find(key);
        if (own != null) {
            return new Located<>(
                    search,
                    key,
                    // One that starts just now is reached as a replica is: its client waits for it here.
                    own.ref() == null ? Standing.REPLICA : Standing.OWNER,
                    own.fingerprint().equals(resumption.fingerprint()),
                    own.sequence(),
                    own.epoch(),
                    own.record().map(SequenceRecord::answer).orElse(""),
                    0,
                    own.ref());
        }
        return replicas.find(key)
                .map(replica -> new Located<L, S>(
                        search,
                        key,
                        Standing.REPLICA,
                        replica.record().resumption().fingerprint().equals(resumption.fingerprint()),
                        replica.record().sequence(),
                        replica.record().epoch(),
                        replica.record().answer(),
                        replica.length(),
                        null))
                .orElseGet(() -> new Located<>(search, key, Standing.UNKNOWN, true, "", 0, "", 0, null));
    }

    private void sendElsewhere(L listener) {
        outbox.add(new ResumableEffect.Refuse<>(
                listener, FailureKind.CUT_OFF, "this gateway is cut off from most others, ask another one"));
    }

    private void detach(L former) {
        outbox.add(new ResumableEffect.Refuse<>(
                former, FailureKind.DETACHED, "another connection has attached to the request"));
    }

    private void refuseConflict(AttachRequest<L> attach) {
        outbox.add(new ResumableEffect.Refuse<>(
                attach.listener(),
                FailureKind.RESUME_CONFLICT,
                "a request with the id '" + attach.key().id() + "' and another body is known"));
    }

    private void refuseUnknown(L listener) {
        outbox.add(new ResumableEffect.Refuse<>(
                listener,
                FailureKind.RESUME_NOT_FOUND,
                "no request of this id is known, and without a seed it cannot be computed again"));
    }
}
