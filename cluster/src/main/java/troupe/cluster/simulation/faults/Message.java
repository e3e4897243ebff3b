package troupe.cluster.simulation.faults;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.AttemptEvent;
import troupe.actors.AttemptRouter;
import troupe.actors.DeathCause;
import troupe.actors.FailureKind;
import troupe.actors.ListenerMessage;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.resume.AttachRequest;
import troupe.actors.resume.PeerMessage;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.Resumption;
import troupe.actors.resume.SequenceRecord;
import troupe.actors.resume.TokenTail;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.kv.KvChanges;
import troupe.engine.sampling.SamplingParams;

/** The messages of the actors, with the nodes of this simulation in place of references to actors. */
sealed interface Message {
    /** Whether it is sent all the time: signs of life and news of caches. */
    default boolean isNews() {
        return false;
    }

    /** Sent all the time. */
    sealed interface News extends Message {
        @Override
        default boolean isNews() {
            return true;
        }
    }

    // To a worker.

    record Submit(
            AttemptKey attempt,
            TokenIds prompt,
            TokenIds output,
            SamplingParams sampling,
            long seed,
            int priority,
            long remainingNanos,
            String cacheSalt,
            Tenant tenant,
            SequenceNode owner,
            GatewayNode gateway)
            implements Message {}

    record Cancel(AttemptKey attempt) implements Message {}

    record Reserve(AttemptKey attempt, boolean claim, SequenceNode owner) implements Message {}

    record Release(String sequence) implements Message {}

    record Acknowledge(AttemptKey attempt, int next) implements Message {}

    record Resend(AttemptKey attempt, int from, SequenceNode owner) implements Message {}

    record StepRead(WorkerId worker, GatewayNode gateway, long number) implements Message {}

    record SendCache(WorkerId worker, GatewayNode gateway) implements News {}

    record Registered(WorkerId worker, GatewayNode gateway) implements News {}

    record Unknown(WorkerId worker, GatewayNode gateway) implements News {}

    /** Death watch: never lost. */
    record OwnerGone(SequenceNode owner) implements Message {}

    /** Membership: never lost. */
    record Gateways(List<GatewayNode> gateways) implements Message {}

    // To a gateway.

    record Open(Connection connection) implements Message {}

    record AttachTo(AttachRequest<Connection> request) implements Message {}

    /** From another gateway. */
    record Peer(GatewayNode from, PeerMessage<Connection, SequenceNode> message) implements Message {
        @Override
        public boolean isNews() {
            return message instanceof PeerMessage.Ping || message instanceof PeerMessage.Pong;
        }
    }

    /** Membership, as this gateway sees it: never lost. */
    record Members(Set<String> others) implements Message {}

    record ConnectionGone(Connection connection) implements Message {}

    /** From a sequence: every choice has a worker. */
    record Accepted(SequenceRecord record) implements Message {}

    record Tail(TokenTail tail) implements Message {}

    record Finished(SequenceNode sequence, long bytes) implements Message {}

    record Freed(SequenceNode sequence) implements Message {}

    record WorkerUp(WorkerId worker, ExecutorInfo info, int maxSequences, WorkerNode batcher) implements News {}

    record WorkerLoad(WorkerId worker, EngineStats stats, long cacheNumber, WorkerNode batcher) implements News {}

    record CacheChanged(WorkerId worker, long number, KvChanges changes, WorkerNode batcher) implements News {}

    record CacheSnapshot(WorkerId worker, long number, int chunk, boolean last, KvChanges changes, WorkerNode batcher)
            implements News {}

    record WorkerDown(WorkerId worker, @Nullable DeathCause cause) implements Message {}

    /** From a supervisor: why the worker's process ended. */
    record ProcessEnded(WorkerId worker, DeathCause cause) implements Message {}

    record Rejoined(String sequence) implements Message {}

    record StepTokens(WorkerId worker, long number, List<AttemptEvent> events, EngineStats stats, WorkerNode batcher)
            implements Message {}

    /** Death watch: never lost. */
    record BatcherGone(WorkerNode batcher) implements Message {}

    record SequenceEnded(SequenceNode sequence) implements Message {}

    record Select(AttemptRouter.Ask<SequenceNode> ask) implements Message {}

    record Settled(AttemptKey attempt) implements Message {}

    /** To the resumables, from a sequence: it lives. */
    record Begun(
            Resumption resumption,
            SequenceNode sequence,
            @Nullable Connection first) implements Message {}

    /** From the resumables: a request that nobody knows. */
    record Begin(AttachRequest<Connection> request) implements Message {}

    /** From the resumables: a request goes on here. */
    record Resume(SequenceRecord record, long epoch, List<List<ScoredToken>> tokens) implements Message {}

    // To a sequence.

    record Start(@Nullable Connection first) implements Message {}

    record Attach(Connection connection, @Nullable ReadSoFar read) implements Message {}

    /** {@code alone}: no other gateway has a replica. */
    record Replicated(boolean alone) implements Message {}

    record SendTokens(List<Integer> from) implements Message {}

    record Supersede() implements Message {}

    record Drop() implements Message {}

    /** The gateway is cut off. */
    record Detach() implements Message {}

    record Selected(
            AttemptKey attempt,
            WorkerSelector.Selection selection,
            String numericsId,
            WorkerNode batcher,
            int priority,
            boolean claim)
            implements Message {}

    record NoWorker(AttemptKey attempt) implements Message {}

    record Admitted(AttemptKey attempt, Admission admission) implements Message {}

    record Progress(WorkerId worker, List<AttemptEvent> events) implements Message {}

    /** The attempt's worker has not got it. */
    record Dropped(AttemptKey attempt) implements Message {}

    record WorkerLost(WorkerId worker, @Nullable DeathCause cause) implements Message {}

    record Verdict(WorkerId worker, DeathCause cause) implements Message {}

    record Reserved(AttemptKey attempt, boolean granted) implements Message {}

    record Read(long count, int attachment) implements Message {}

    record Abort(FailureKind kind, String message) implements Message {}

    record ListenerGone(Connection connection) implements Message {}

    // To a client.

    record Heard(ListenerMessage event, @Nullable SequenceNode from) implements Message {}
}
