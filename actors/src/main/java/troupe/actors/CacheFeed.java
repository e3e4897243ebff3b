package troupe.actors;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.KvChanges;

/**
 * What one engine has in its prefix cache, and how often that has changed: gateways follow the numbered changes, and one
 * that has missed some takes a snapshot. Plain bookkeeping, bounded by the engine's blocks.
 */
public final class CacheFeed {
    /** Blocks that one message of a snapshot names, so that no message outgrows what the transport takes. */
    static final int BLOCKS_PER_CHUNK = 4_096;

    private final Set<BlockHash> cached = new LinkedHashSet<>();
    private long number;

    /** Takes a step's changes, which have the next number from now on. */
    public void add(KvChanges changes) {
        number++;
        for (int i = 0; i < changes.size(); i++) {
            switch (changes.kind(i)) {
                case STORED -> cached.add(new BlockHash(changes.high(i), changes.low(i)));
                case REMOVED -> cached.remove(new BlockHash(changes.high(i), changes.low(i)));
                case CLEARED -> cached.clear();
            }
        }
    }

    /** Of the latest changes; 0 before the first. */
    public long number() {
        return number;
    }

    /** Changes that lead from any state to that after change {@link #number}; the first one clears. */
    public List<KvChanges> snapshot() {
        List<KvChanges> chunks = new ArrayList<>();
        KvChanges.Log log = new KvChanges.Log();
        log.cleared();
        for (BlockHash block : cached) {
            if (log.size() == BLOCKS_PER_CHUNK) {
                chunks.add(log.take());
            }
            log.stored(block.high(), block.low());
        }
        chunks.add(log.take());
        return chunks;
    }
}
