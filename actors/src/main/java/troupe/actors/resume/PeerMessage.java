package troupe.actors.resume;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What gateways tell each other about resumable sequences. Any of these may be lost, come twice, or come late.
 *
 * @param <L> how a listener is reached
 * @param <S> how a sequence is reached
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
@JsonSubTypes({
    @JsonSubTypes.Type(value = PeerMessage.Locate.class, name = "locate"),
    @JsonSubTypes.Type(value = PeerMessage.Located.class, name = "located"),
    @JsonSubTypes.Type(value = PeerMessage.TakeOver.class, name = "take-over"),
    @JsonSubTypes.Type(value = PeerMessage.Store.class, name = "store"),
    @JsonSubTypes.Type(value = PeerMessage.Stored.class, name = "stored"),
    @JsonSubTypes.Type(value = PeerMessage.Append.class, name = "append"),
    @JsonSubTypes.Type(value = PeerMessage.Missing.class, name = "missing"),
    @JsonSubTypes.Type(value = PeerMessage.Free.class, name = "free"),
    @JsonSubTypes.Type(value = PeerMessage.Superseded.class, name = "superseded"),
    @JsonSubTypes.Type(value = PeerMessage.Ping.class, name = "ping"),
    @JsonSubTypes.Type(value = PeerMessage.Pong.class, name = "pong")
})
public sealed interface PeerMessage<L, S> {
    /** Who has the request? Answered at once by {@link Located}. */
    record Locate<L, S>(long search, Resumption resumption) implements PeerMessage<L, S> {}

    /** How a gateway stands to a request. */
    enum Standing {
        UNKNOWN,
        /** It holds a replica of another gateway's. */
        REPLICA,
        /** It has the sequence itself. */
        OWNER
    }

    /**
     * An answer to {@link Locate}.
     *
     * @param sameBody whether it is the same request
     * @param answer the answer's {@link AnswerTag}; empty where it is not known yet
     * @param tokens of a replica, over all choices
     * @param ref of an owner's sequence; null where there is none
     */
    record Located<L, S>(
            long search,
            ResumeKey key,
            Standing standing,
            boolean sameBody,
            String sequence,
            long epoch,
            String answer,
            int tokens,
            @Nullable S ref)
            implements PeerMessage<L, S> {}

    /** To the holder of a replica: the owner says nothing, go on in its place, for this listener. */
    record TakeOver<L, S>(Resumption resumption, @Nullable ReadSoFar read, L listener) implements PeerMessage<L, S> {}

    /** From an owner: hold a replica. Answered by {@link Stored}. */
    record Store<L, S>(SequenceRecord record) implements PeerMessage<L, S> {}

    /** {@code accepted} false: there is no room for it, or no longer. */
    record Stored<L, S>(String sequence, long epoch, boolean accepted) implements PeerMessage<L, S> {}

    /** From an owner: the tokens that came since. */
    record Append<L, S>(List<TokenTail> tails) implements PeerMessage<L, S> {
        public Append {
            tails = List.copyOf(tails);
        }
    }

    /** From a holder: it has only this many tokens of each choice; null: no replica at all. */
    record Missing<L, S>(
            String sequence, long epoch, @Nullable List<Integer> have) implements PeerMessage<L, S> {}

    /** From an owner: the replica is needed no more. */
    record Free<L, S>(String sequence, long epoch) implements PeerMessage<L, S> {}

    /** The sequence has an owner of this epoch: earlier ones end, and replicas of theirs go. */
    record Superseded<L, S>(String sequence, long epoch) implements PeerMessage<L, S> {}

    /** Do you hear me? Answered at once by {@link Pong} with the same number. */
    record Ping<L, S>(long question) implements PeerMessage<L, S> {}

    record Pong<L, S>(long question) implements PeerMessage<L, S> {}
}
