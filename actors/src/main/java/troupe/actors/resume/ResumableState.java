package troupe.actors.resume;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import troupe.actors.FailureKind;
import troupe.actors.admin.ResumingView;
import troupe.actors.resume.OwnedSequence.Phase;
import troupe.actors.resume.PeerMessage.Located;
import troupe.actors.resume.PeerMessage.Standing;
import troupe.actors.resume.ReplicaStore.Replica;

/**
 * One gateway's part in keeping requests through the loss of connections and gateways: finds a client's request wherever it
 * is, has a replica of each sequence held by one other gateway, holds replicas of others', and takes over. No actors, no
 * clock.
 *
 * <pre>
 *   a request, as one gateway sees it:
 *
 *   unknown --a client comes--> searched for --nobody has it--> begun here ------------> OWNED --ended--> unknown
 *      |                             |                                                     ^  |
 *      |                             +--another owns it: the client is connected to that   |  +--superseded--> unknown
 *      +--stored by its owner--> REPLICA --the owner is gone or silent----------------------+
 *                                   +--freed, superseded, expired--> unknown
 * </pre>
 *
 * <p>What holds whatever is lost, repeated or late: of two owners of one sequence one has the later epoch, and the other one
 * ends when it hears of it, from the later owner, from a holder, or from a worker. All owners of a sequence compute the same
 * tokens. A client is connected to one owner in one connection; it leaves by coming again.
 *
 * <p>A gateway that is cut off from most others sends its clients to these, and takes none: it may be that it is put out soon,
 * and that nobody hears what its sequences say. Its sequences go on without listeners; whichever owner is found, when it is
 * found, is the client's. What nobody else has a replica of keeps its client.
 *
 * <p>Every method gives the effects to be carried out, in order.
 *
 * @param <L> how a listener is reached
 * @param <S> how a sequence is reached
 */
public final class ResumableState<L, S> {
    /**
     * The limits of one gateway.
     *
     * @param replicate whether sequences have replicas
     * @param maxReplicaBytes of other gateways' sequences that are held
     * @param maxFinished answers that are kept for their clients to come back
     * @param maxFinishedBytes of these
     * @param searchNanos an owner that says nothing for this long is taken for dead by a client that asks for it
     * @param silenceNanos another gateway that answers no question for this long is out of touch
     */
    public record Limits(
            boolean replicate,
            long maxReplicaBytes,
            int maxFinished,
            long maxFinishedBytes,
            long searchNanos,
            long silenceNanos) {}

    private final String self;
    private final int number;
    private final Limits limits;
    private final ReplicaStore replicas;
    private final PeerContacts contacts;
    private final Map<String, OwnedSequence<L, S>> owned = new LinkedHashMap<>();
    private final Map<ResumeKey, OwnedSequence<L, S>> byKey = new HashMap<>();
    private final Map<ResumeKey, AttachSearch<L, S>> searches = new LinkedHashMap<>();
    /** New requests on their way to their sequence. */
    private final Map<ResumeKey, AttachRequest<L>> starting = new HashMap<>();

    private final FinishedAnswers finished;
    private final UnsentTokens unsent = new UnsentTokens();

    private final List<ResumableEffect<L, S>> effects = new ArrayList<>();
    private Set<String> gateways = Set.of();
    /** Those of the gateways that answer. */
    private Set<String> inTouch = Set.of();

    private boolean cutOff;
    private long searchNumber;
    private long takenOver;

    /**
     * @param self this gateway's name, unique in the cluster and over time
     * @param number another one for each start of each gateway
     */
    public ResumableState(String self, int number, Limits limits) {
        this.self = self;
        this.number = number;
        this.limits = limits;
        replicas = new ReplicaStore(limits.maxReplicaBytes());
        contacts = new PeerContacts(limits.silenceNanos());
        finished = new FinishedAnswers(limits.maxFinished(), limits.maxFinishedBytes());
    }

    /** A client has come. */
    public List<ResumableEffect<L, S>> attach(AttachRequest<L> attach, long nowNanos) {
        ResumeKey key = attach.key();
        OwnedSequence<L, S> own = byKey.get(key);
        AttachSearch<L, S> search = searches.get(key);
        AttachRequest<L> begun = starting.get(key);
        if (cutOff && !isKeptHere(own)) {
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
        return take();
    }

    /**
     * A sequence has started here.
     *
     * @param listener that it started with; null: none
     */
    public List<ResumableEffect<L, S>> begun(
            Resumption resumption, String sequence, long epoch, @Nullable L listener, S ref) {
        ResumeKey key = resumption.key();
        OwnedSequence<L, S> known = owned.get(sequence);
        if (known != null && known.epoch() == epoch) {
            known.lives(ref).ifPresent(client -> connect(known, client));
            return take();
        }
        AttachRequest<L> wanted = starting.get(key);
        if (epoch != Epochs.FIRST
                || byKey.containsKey(key)
                || (wanted != null && !wanted.listener().equals(listener))) {
            // It was taken over or begun once more before it had started here.
            effects.add(new ResumableEffect.Supersede<>(ref));
            return take();
        }
        starting.remove(key);
        OwnedSequence<L, S> own = new OwnedSequence<>(key, sequence, epoch, resumption.fingerprint());
        own.lives(ref);
        put(own);
        if (cutOff) {
            effects.add(new ResumableEffect.Detach<>(ref));
        }
        return take();
    }

    /** A sequence here has a worker for every choice: its record is to be somewhere else before its answer goes out. */
    public List<ResumableEffect<L, S>> accepted(SequenceRecord record) {
        OwnedSequence<L, S> own = owned.get(record.sequence());
        if (own != null && own.epoch() == record.epoch()) {
            own.accepted(record);
            store(own);
        }
        return take();
    }

    /** Tokens that have come to sequences here. */
    public List<ResumableEffect<L, S>> progress(TokenTail tail) {
        OwnedSequence<L, S> own = owned.get(tail.sequence());
        if (own != null && own.epoch() == tail.epoch() && own.phase() == Phase.STORED) {
            own.holder().ifPresent(holder -> unsent.add(holder, tail));
        }
        return take();
    }

    /** A sequence here has its last event; it is kept for its client as long as there is room. */
    public List<ResumableEffect<L, S>> finished(String sequence, S ref, long bytes) {
        OwnedSequence<L, S> own = owned.get(sequence);
        if (own != null && ref.equals(own.ref())) {
            finished.add(sequence, bytes);
        }
        for (var oldest = finished.removeOldestPastLimits();
                oldest.isPresent();
                oldest = finished.removeOldestPastLimits()) {
            OwnedSequence<L, S> old = owned.get(oldest.get());
            if (old != null && old.ref() != null) {
                effects.add(new ResumableEffect.Drop<>(old.ref()));
            }
        }
        return take();
    }

    /** A sequence here has ended, and nobody will ask for it. */
    public List<ResumableEffect<L, S>> freed(String sequence, S ref) {
        OwnedSequence<L, S> own = owned.get(sequence);
        if (own != null && ref.equals(own.ref())) {
            remove(sequence);
            for (String gateway : own.asked()) {
                send(gateway, new PeerMessage.Free<>(sequence, own.epoch()));
            }
        }
        return take();
    }

    /**
     * A sequence here is gone without having ended: it failed, or this gateway ends. What another gateway holds of it stays
     * there for a client that comes, and expires.
     */
    public List<ResumableEffect<L, S>> lost(String sequence, S ref) {
        OwnedSequence<L, S> own = owned.get(sequence);
        if (own != null && ref.equals(own.ref())) {
            remove(sequence);
        }
        return take();
    }

    /** This gateway takes no clients any more: to others it will be gone, so what they hold is to be complete. */
    public List<ResumableEffect<L, S>> retire() {
        flush();
        return take();
    }

    /** A listener is gone, which may have waited for its sequence to start. */
    public List<ResumableEffect<L, S>> listenerGone(L listener) {
        starting.values().removeIf(attach -> attach.listener().equals(listener));
        return take();
    }

    /** The other gateways of the cluster have changed. */
    public List<ResumableEffect<L, S>> gateways(Set<String> others, long nowNanos) {
        Set<String> gone = new TreeSet<>(gateways);
        gone.removeAll(others);
        gateways = Set.copyOf(others);
        unsent.retain(others);
        contacts.gateways(others);
        owned.values().forEach(own -> own.retain(others));
        followPeers(nowNanos);
        replicas.orphans(gone).forEach(replica -> takeOver(replica, nowNanos));
        return take();
    }

    private void checkPeers(long nowNanos) {
        if (!contacts.inTouch().equals(inTouch)) {
            followPeers(nowNanos);
        }
    }

    /** Replicas, searches and clients follow the gateways that answer. */
    private void followPeers(long nowNanos) {
        Set<String> now = Set.copyOf(contacts.inTouch());
        boolean grown = !inTouch.containsAll(now);
        inTouch = now;
        for (OwnedSequence<L, S> own : List.copyOf(owned.values())) {
            own.gatewaysChanged();
            boolean isWorthwhile = grown && own.phase() == Phase.ALONE;
            if (own.record().isPresent() && (isWorthwhile || isBereft(own))) {
                store(own);
            }
        }
        boolean was = cutOff;
        cutOff = contacts.isCutOff();
        if (cutOff && !was) {
            leaveClients();
        }
        for (AttachSearch<L, S> search : List.copyOf(searches.values())) {
            search.retain(inTouch);
            decide(search, nowNanos);
        }
    }

    /** Its holder is gone, or silent while another one is not. */
    private boolean isBereft(OwnedSequence<L, S> own) {
        return own.holder()
                .filter(holder -> !inTouch.contains(holder))
                .filter(holder -> !inTouch.isEmpty() || !gateways.contains(holder))
                .isPresent();
    }

    /** The others will go on with what lives here. */
    private void leaveClients() {
        for (OwnedSequence<L, S> own : owned.values()) {
            S ref = own.ref();
            if (!isKeptHere(own)) {
                own.dismiss().ifPresent(client -> sendElsewhere(client.listener()));
                if (ref != null) {
                    effects.add(new ResumableEffect.Detach<>(ref));
                }
            }
        }
        searches.values().forEach(search -> sendElsewhere(search.attach().listener()));
        searches.clear();
    }

    /** Whether a sequence's clients are best served here, even where this gateway is cut off. */
    private boolean isKeptHere(@Nullable OwnedSequence<L, S> own) {
        return own != null && (own.isOnlyHere() || finished.has(own.sequence()));
    }

    private void sendElsewhere(L listener) {
        effects.add(new ResumableEffect.Refuse<>(
                listener, FailureKind.CUT_OFF, "this gateway is cut off from most others, ask another one"));
    }

    /** A message of another gateway's. */
    public List<ResumableEffect<L, S>> receive(String from, PeerMessage<L, S> message, long nowNanos) {
        switch (message) {
            case PeerMessage.Locate<L, S>(var search, var resumption) -> onLocate(from, search, resumption);
            case Located<L, S> located -> onLocated(from, located, nowNanos);
            case PeerMessage.TakeOver<L, S> asked -> onTakeOver(asked, nowNanos);
            case PeerMessage.Store<L, S>(var record) -> onStore(from, record, nowNanos);
            case PeerMessage.Stored<L, S>(var sequence, var epoch, var accepted) ->
                onStored(from, sequence, epoch, accepted);
            case PeerMessage.Append<L, S>(var tails) -> tails.forEach(tail -> onTail(from, tail));
            case PeerMessage.Missing<L, S>(var sequence, var epoch, var have) -> onMissing(from, sequence, epoch, have);
            case PeerMessage.Free<L, S>(var sequence, var epoch) -> replicas.free(sequence, epoch);
            case PeerMessage.Superseded<L, S>(var sequence, var epoch) -> onSuperseded(from, sequence, epoch);
            case PeerMessage.Ping<L, S>(var question) -> send(from, new PeerMessage.Pong<>(question));
            case PeerMessage.Pong<L, S>(var question) -> {
                contacts.answered(from, question);
                checkPeers(nowNanos);
            }
        }
        return take();
    }

    /** A short while has passed: what is collected is sent, what is unanswered is sent again or given up. */
    public List<ResumableEffect<L, S>> tick(long nowNanos) {
        contacts.tick(nowNanos)
                .ifPresent(question ->
                        new TreeSet<>(gateways).forEach(gateway -> send(gateway, new PeerMessage.Ping<>(question))));
        checkPeers(nowNanos);
        flush();
        for (OwnedSequence<L, S> own : List.copyOf(owned.values())) {
            switch (own.tick()) {
                case WAIT -> {}
                case SEND_AGAIN -> own.holder().ifPresent(holder -> sendRecord(own, holder));
                case GIVE_UP -> {
                    own.refused();
                    store(own);
                }
            }
        }
        for (AttachSearch<L, S> search : List.copyOf(searches.values())) {
            decide(search, nowNanos);
        }
        replicas.expire(nowNanos);
        return take();
    }

    /** Whether sequences here have replicas, unless no gateway has room. */
    public boolean expectsReplicas() {
        return limits.replicate() && !inTouch.isEmpty();
    }

    /** What is to be seen of it. */
    public ResumingView view() {
        return new ResumingView(owned.size(), replicas.size(), replicas.totalBytes(), takenOver, cutOff);
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
            effects.add(new ResumableEffect.Connect<>(ref, client.listener(), client.read()));
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
        AttachSearch<L, S> search =
                new AttachSearch<>(++searchNumber, attach, inTouch, nowNanos + limits.searchNanos());
        searches.put(attach.key(), search);
        replicas.find(attach.key())
                .ifPresent(replica -> search.own(self, located(search.number(), attach.resumption())));
        for (String gateway : new TreeSet<>(gateways)) {
            send(gateway, new PeerMessage.Locate<>(search.number(), attach.resumption()));
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
            effects.add(new ResumableEffect.Connect<>(ref, attach.listener(), attach.read()));
            return;
        }
        String holder = search.replica().map(AttachSearch.Answer::gateway).orElse(null);
        PeerMessage.TakeOver<L, S> takeOver =
                new PeerMessage.TakeOver<>(attach.resumption(), attach.read(), attach.listener());
        if (holder == null) {
            beginUnknown(attach);
        } else if (holder.equals(self)) {
            onTakeOver(takeOver, nowNanos);
        } else {
            send(holder, takeOver);
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
        effects.add(new ResumableEffect.Begin<>(attach));
    }

    private void onLocate(String from, long search, Resumption resumption) {
        OwnedSequence<L, S> own = byKey.get(resumption.key());
        // One that is cut off is to be taken for dead, but for what it alone has.
        if (!cutOff || (own != null && own.isOnlyHere())) {
            send(from, located(search, resumption));
        }
    }

    private Located<L, S> located(long search, Resumption resumption) {
        ResumeKey key = resumption.key();
        OwnedSequence<L, S> own = byKey.get(key);
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

    private void onLocated(String from, Located<L, S> located, long nowNanos) {
        AttachSearch<L, S> search = searches.get(located.key());
        if (search != null && search.number() == located.search()) {
            search.answered(from, located);
            decide(search, nowNanos);
        } else if (located.standing() == Standing.OWNER) {
            // It was silent for so long that the client has gone on without it.
            OwnedSequence<L, S> own = byKey.get(located.key());
            if (own != null && !own.sequence().equals(located.sequence())) {
                send(from, new PeerMessage.Superseded<>(located.sequence(), Long.MAX_VALUE));
            }
        }
    }

    private void onTakeOver(PeerMessage.TakeOver<L, S> asked, long nowNanos) {
        ResumeKey key = asked.resumption().key();
        OwnedSequence<L, S> own = byKey.get(key);
        if (cutOff && !isKeptHere(own)) {
            sendElsewhere(asked.listener());
            return;
        }
        if (own == null) {
            replicas.find(key).ifPresent(replica -> takeOver(replica, nowNanos));
            own = byKey.get(key);
        }
        if (own == null) {
            effects.add(new ResumableEffect.Refuse<>(
                    asked.listener(), FailureKind.OVERLOADED, "the request is changing its gateway, ask again"));
            return;
        }
        connect(own, new Client<>(asked.listener(), asked.read()));
    }

    private void takeOver(Replica replica, long nowNanos) {
        SequenceRecord record = replica.record();
        replicas.free(record.sequence(), record.epoch());
        if (byKey.containsKey(record.key())) {
            // The client has begun it once more here.
            return;
        }
        takenOver++;
        long epoch = Epochs.next(record.epoch(), number);
        put(new OwnedSequence<>(
                record.key(), record.sequence(), epoch, record.resumption().fingerprint()));
        effects.add(new ResumableEffect.Resume<>(
                record.after(Duration.ofNanos(nowNanos - replica.storedNanos())), epoch, replica.tokens()));
        Set<String> all = new TreeSet<>(gateways);
        // It may live on, wrongly taken for dead.
        all.add(replica.owner());
        for (String gateway : all) {
            send(gateway, new PeerMessage.Superseded<>(record.sequence(), epoch));
        }
    }

    private void onStore(String from, SequenceRecord record, long nowNanos) {
        OwnedSequence<L, S> own = owned.get(record.sequence());
        if (own != null && own.epoch() > record.epoch()) {
            send(from, new PeerMessage.Superseded<>(record.sequence(), own.epoch()));
            return;
        }
        if (own != null) {
            supersede(own);
        }
        switch (replicas.store(from, record, nowNanos)) {
            case TAKEN -> send(from, new PeerMessage.Stored<>(record.sequence(), record.epoch(), true));
            case SUPERSEDED -> tellLaterEpoch(from, record.sequence());
            default -> send(from, new PeerMessage.Stored<>(record.sequence(), record.epoch(), false));
        }
    }

    private void onTail(String from, TokenTail tail) {
        OwnedSequence<L, S> own = owned.get(tail.sequence());
        if (own != null && own.epoch() > tail.epoch()) {
            send(from, new PeerMessage.Superseded<>(tail.sequence(), own.epoch()));
            return;
        }
        switch (replicas.append(tail)) {
            case TAKEN -> {}
            case GAP ->
                send(
                        from,
                        new PeerMessage.Missing<>(
                                tail.sequence(),
                                tail.epoch(),
                                replicas.find(tail.sequence())
                                        .map(Replica::counts)
                                        .orElse(null)));
            case UNKNOWN -> send(from, new PeerMessage.Missing<>(tail.sequence(), tail.epoch(), null));
            case FULL -> send(from, new PeerMessage.Stored<>(tail.sequence(), tail.epoch(), false));
            case SUPERSEDED -> tellLaterEpoch(from, tail.sequence());
        }
    }

    private void tellLaterEpoch(String from, String sequence) {
        replicas.find(sequence)
                .ifPresent(replica -> send(
                        from,
                        new PeerMessage.Superseded<>(sequence, replica.record().epoch())));
    }

    private void onStored(String from, String sequence, long epoch, boolean accepted) {
        OwnedSequence<L, S> own = owned.get(sequence);
        if (own == null) {
            if (accepted) {
                // It ended before its holder had answered.
                send(from, new PeerMessage.Free<>(sequence, epoch));
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

    private void onMissing(String from, String sequence, long epoch, @Nullable List<Integer> have) {
        OwnedSequence<L, S> own = owned.get(sequence);
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

    private void onSuperseded(String from, String sequence, long epoch) {
        replicas.free(sequence, epoch - 1);
        OwnedSequence<L, S> own = owned.get(sequence);
        if (own == null) {
            return;
        }
        if (own.epoch() < epoch) {
            supersede(own);
        } else if (own.epoch() > epoch) {
            send(from, new PeerMessage.Superseded<>(sequence, own.epoch()));
        }
    }

    private void supersede(OwnedSequence<L, S> own) {
        remove(own.sequence());
        if (own.ref() != null) {
            effects.add(new ResumableEffect.Supersede<>(own.ref()));
        }
    }

    /** Sends the record to the next gateway that may hold it. */
    private void store(OwnedSequence<L, S> own) {
        Optional<String> holder =
                limits.replicate() ? HolderChoice.of(self, inTouch, own.refusedBy()) : Optional.empty();
        own.storeAt(holder);
        holder.ifPresentOrElse(gateway -> sendRecord(own, gateway), () -> settle(own, null));
    }

    private void sendRecord(OwnedSequence<L, S> own, String gateway) {
        own.record().ifPresent(record -> send(gateway, new PeerMessage.Store<>(record)));
    }

    private void settle(OwnedSequence<L, S> own, @Nullable String holder) {
        if (own.ref() != null && own.settle()) {
            effects.add(new ResumableEffect.Settled<>(own.ref(), holder));
        }
    }

    private void sendTokens(OwnedSequence<L, S> own, List<Integer> from) {
        if (own.ref() != null) {
            effects.add(new ResumableEffect.SendTokens<>(own.ref(), from));
        }
    }

    private static <L, S> List<Integer> noTokens(OwnedSequence<L, S> own) {
        int choices = own.record().map(record -> record.request().choices()).orElse(0);
        return Collections.nCopies(choices, 0);
    }

    private void flush() {
        unsent.flush((holder, tails) -> send(holder, new PeerMessage.Append<>(tails)));
    }

    private void put(OwnedSequence<L, S> own) {
        owned.put(own.sequence(), own);
        byKey.put(own.key(), own);
    }

    private void remove(String sequence) {
        OwnedSequence<L, S> own = owned.remove(sequence);
        finished.remove(sequence);
        if (own != null) {
            byKey.remove(own.key(), own);
            unsent.remove(sequence);
        }
    }

    private void detach(L former) {
        effects.add(new ResumableEffect.Refuse<>(
                former, FailureKind.DETACHED, "another connection has attached to the request"));
    }

    private void refuseConflict(AttachRequest<L> attach) {
        effects.add(new ResumableEffect.Refuse<>(
                attach.listener(),
                FailureKind.RESUME_CONFLICT,
                "a request with the id '" + attach.key().id() + "' and another body is known"));
    }

    private void refuseUnknown(L listener) {
        effects.add(new ResumableEffect.Refuse<>(
                listener,
                FailureKind.RESUME_NOT_FOUND,
                "no request of this id is known, and without a seed it cannot be computed again"));
    }

    private void send(String gateway, PeerMessage<L, S> message) {
        effects.add(new ResumableEffect.Send<>(gateway, message));
    }

    private List<ResumableEffect<L, S>> take() {
        List<ResumableEffect<L, S>> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }
}
