package troupe.cluster.routing;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector.Demand;
import troupe.engine.AttemptKey;
import troupe.engine.EngineSpeed;
import troupe.engine.EngineStats;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.KvChanges;

/** What the tests of selectors ask and report. */
final class Demands {
    static final int BLOCK_TOKENS = 16;
    static final int STEP_TOKENS = 256;
    /** A worker that prefills 1,000 tokens a second. */
    static final EngineSpeed SPEED = new EngineSpeed(0, 0.001, 0);

    private Demands() {}

    static ExecutorInfo info(String numericsId) {
        return new ExecutorInfo("m", numericsId, "none", 1_000, 8_192, TokenIds.of(0), BLOCK_TOKENS, 4_096, 1);
    }

    static WorkerId worker(int number) {
        return new WorkerId("w" + number, 1);
    }

    static AttemptKey attempt(int number) {
        return new AttemptKey("s" + number, 1, 1, 0);
    }

    static Demand demand(int attempt, TokenIds tokens) {
        return demand(attempt, tokens, null, Set.of());
    }

    static Demand demand(int attempt, TokenIds tokens, @Nullable String numericsId, Set<WorkerId> avoid) {
        return new Demand(attempt(attempt), "m", tokens, "", numericsId, avoid);
    }

    /** So many tokens that begin with {@code shared} common ones and go on with those of {@code family}. */
    static TokenIds prompt(int shared, int family, int tokens) {
        int[] ids = new int[tokens];
        Arrays.fill(ids, 7);
        for (int i = shared; i < tokens; i++) {
            ids[i] = 1_000 * (family + 1) + i;
        }
        return TokenIds.of(ids);
    }

    /** Says that the first blocks of a prompt are stored. */
    static KvChanges stored(String numericsId, TokenIds tokens, int blocks) {
        KvChanges.Log log = new KvChanges.Log();
        BlockHash hash = BlockHash.root(numericsId, "", "");
        for (int i = 0; i < blocks; i++) {
            hash = hash.child(tokens, i * BLOCK_TOKENS, (i + 1) * BLOCK_TOKENS);
            log.stored(hash.high(), hash.low());
        }
        return log.take();
    }

    static EngineStats stats(long steps, int sequences, long waitingTokens) {
        return stats(steps, sequences, waitingTokens, SPEED);
    }

    static EngineStats stats(long steps, int sequences, long waitingTokens, @Nullable EngineSpeed speed) {
        return new EngineStats(sequences, 0, waitingTokens, 0, 0, 0, steps, 0, 0, 0, 0, 0, speed);
    }
}
