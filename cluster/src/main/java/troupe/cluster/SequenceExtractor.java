package troupe.cluster;

import akka.cluster.sharding.typed.ShardingEnvelope;
import akka.cluster.sharding.typed.ShardingMessageExtractor;
import troupe.actors.Sequence;

/** One shard per gateway slot. */
final class SequenceExtractor extends ShardingMessageExtractor<ShardingEnvelope<Sequence.Command>, Sequence.Command> {
    @Override
    public String entityId(ShardingEnvelope<Sequence.Command> envelope) {
        return envelope.entityId();
    }

    @Override
    public String shardId(String entityId) {
        return SequenceIds.shard(entityId);
    }

    @Override
    public Sequence.Command unwrapMessage(ShardingEnvelope<Sequence.Command> envelope) {
        return envelope.message();
    }
}
