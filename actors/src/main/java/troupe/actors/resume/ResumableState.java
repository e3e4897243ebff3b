package troupe.actors.resume;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.admin.ResumingView;
import troupe.actors.resume.PeerMessage.Located;

/**
 * One gateway's part in keeping requests through the loss of connections and gateways: finds a client's request wherever it
 * is, has a replica of each sequence held by one other gateway, holds replicas of others', and takes over: {@link Clients},
 * {@link OwnedSequences}, {@link HeldReplicas}. No actors, no clock.
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

    private final Outbox<L, S> outbox = new Outbox<>();
    private final Peers peers;
    private final OwnedSequences<L, S> owned;
    private final HeldReplicas<L, S> replicas;
    private final Clients<L, S> clients;

    /**
     * @param self this gateway's name, unique in the cluster and over time
     * @param number another one for each start of each gateway
     */
    public ResumableState(String self, int number, Limits limits) {
        peers = new Peers(limits.silenceNanos());
        owned = new OwnedSequences<>(self, limits, peers, outbox);
        replicas = new HeldReplicas<>(number, limits.maxReplicaBytes(), peers, owned, outbox);
        clients = new Clients<>(self, limits.searchNanos(), peers, owned, replicas, outbox);
    }

    /** A client has come. */
    public List<ResumableEffect<L, S>> attach(AttachRequest<L> attach, long nowNanos) {
        clients.attach(attach, nowNanos);
        return outbox.take();
    }

    /**
     * A sequence has started here.
     *
     * @param listener that it started with; null: none
     */
    public List<ResumableEffect<L, S>> begun(
            Resumption resumption, String sequence, long epoch, @Nullable L listener, S ref) {
        clients.begun(resumption, sequence, epoch, listener, ref);
        return outbox.take();
    }

    /** A sequence here has a worker for every choice: its record is to be somewhere else before its answer goes out. */
    public List<ResumableEffect<L, S>> accepted(SequenceRecord record) {
        owned.accepted(record);
        return outbox.take();
    }

    /** Tokens that have come to sequences here. */
    public List<ResumableEffect<L, S>> progress(TokenTail tail) {
        owned.progress(tail);
        return outbox.take();
    }

    /** A sequence here has its last event; it is kept for its client as long as there is room. */
    public List<ResumableEffect<L, S>> finished(String sequence, S ref, long bytes) {
        owned.finished(sequence, ref, bytes);
        return outbox.take();
    }

    /** A sequence here has ended, and nobody will ask for it. */
    public List<ResumableEffect<L, S>> freed(String sequence, S ref) {
        owned.freed(sequence, ref);
        return outbox.take();
    }

    /**
     * A sequence here is gone without having ended: it failed, or this gateway ends. What another gateway holds of it stays
     * there for a client that comes, and expires.
     */
    public List<ResumableEffect<L, S>> lost(String sequence, S ref) {
        owned.lost(sequence, ref);
        return outbox.take();
    }

    /** This gateway takes no clients any more: to others it will be gone, so what they hold is to be complete. */
    public List<ResumableEffect<L, S>> retire() {
        owned.flush();
        return outbox.take();
    }

    /** A listener is gone, which may have waited for its sequence to start. */
    public List<ResumableEffect<L, S>> listenerGone(L listener) {
        clients.listenerGone(listener);
        return outbox.take();
    }

    /** The other gateways of the cluster have changed. */
    public List<ResumableEffect<L, S>> gateways(Set<String> others, long nowNanos) {
        Set<String> gone = peers.replace(others);
        owned.retain(others);
        followPeers(nowNanos);
        replicas.takeOverFrom(gone, nowNanos);
        return outbox.take();
    }

    /** A message of another gateway's. */
    public List<ResumableEffect<L, S>> receive(String from, PeerMessage<L, S> message, long nowNanos) {
        switch (message) {
            case PeerMessage.Locate<L, S>(var search, var resumption) -> clients.locate(from, search, resumption);
            case Located<L, S> located -> clients.located(from, located, nowNanos);
            case PeerMessage.TakeOver<L, S> asked -> clients.takeOver(asked, nowNanos);
            case PeerMessage.Store<L, S>(var record) -> replicas.store(from, record, nowNanos);
            case PeerMessage.Stored<L, S>(var sequence, var epoch, var accepted) ->
                owned.stored(from, sequence, epoch, accepted);
            case PeerMessage.Append<L, S>(var tails) -> tails.forEach(tail -> replicas.append(from, tail));
            case PeerMessage.Missing<L, S>(var sequence, var epoch, var have) ->
                owned.missing(from, sequence, epoch, have);
            case PeerMessage.Free<L, S>(var sequence, var epoch) -> replicas.free(sequence, epoch);
            case PeerMessage.Superseded<L, S>(var sequence, var epoch) -> {
                replicas.free(sequence, epoch - 1);
                owned.superseded(from, sequence, epoch);
            }
            case PeerMessage.Ping<L, S>(var question) -> outbox.send(from, new PeerMessage.Pong<>(question));
            case PeerMessage.Pong<L, S>(var question) -> {
                peers.answered(from, question);
                checkPeers(nowNanos);
            }
        }
        return outbox.take();
    }

    /** A short while has passed: what is collected is sent, what is unanswered is sent again or given up. */
    public List<ResumableEffect<L, S>> tick(long nowNanos) {
        peers.tick(nowNanos)
                .ifPresent(question ->
                        peers.all().forEach(gateway -> outbox.send(gateway, new PeerMessage.Ping<>(question))));
        checkPeers(nowNanos);
        owned.flush();
        owned.tick();
        clients.tick(nowNanos);
        replicas.expire(nowNanos);
        return outbox.take();
    }

    /** Whether sequences here have replicas, unless no gateway has room. */
    public boolean expectsReplicas() {
        return owned.expectReplicas();
    }

    /** What is to be seen of it. */
    public ResumingView view() {
        return new ResumingView(
                owned.size(), replicas.size(), replicas.totalBytes(), replicas.takenOver(), peers.isCutOff());
    }

    private void checkPeers(long nowNanos) {
        if (peers.haveChanged()) {
            followPeers(nowNanos);
        }
    }

    /** Replicas, searches and clients follow the gateways that answer. */
    private void followPeers(long nowNanos) {
        boolean was = peers.isCutOff();
        Set<String> more = peers.follow();
        owned.followPeers(!more.isEmpty());
        if (peers.isCutOff() && !was) {
            clients.leave();
        }
        clients.followPeers(nowNanos);
    }
}
