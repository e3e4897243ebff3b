package troupe.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector.Demand;
import troupe.actors.WorkerSelector.Selection;
import troupe.cluster.routing.PrefixSelector;
import troupe.cluster.routing.PrefixWindow;
import troupe.engine.AttemptKey;
import troupe.engine.EngineSpeed;
import troupe.engine.EngineStats;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.BlockHasher;
import troupe.engine.kv.KvChanges;
import troupe.kernels.KvLayout;

/**
 * The routing of one gateway over an index of a million blocks: conversations of 64 blocks, of which the first four are
 * one of 16 system prompts that very many workers hold, the others one to three workers. A prompt goes on with a
 * conversation at one of its blocks. The last 1,024 attempts are on their way; the one before them is dropped.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g"})
public class RoutingBenchmarks {
    private static final int INDEXED_BLOCKS = 1_000_000;
    private static final int BLOCK_TOKENS = KvLayout.BLOCK_TOKENS;
    private static final int BLOCKS = 64;
    private static final int SYSTEM_BLOCKS = 4;
    private static final int SYSTEM_PROMPTS = 16;
    private static final int PROMPTS = 4_096;
    private static final int ATTEMPTS = 1_024;
    private static final int BATCH = 64;
    /** Blocks of a prompt, by the selector. */
    private static final int HASHED_AT_ONCE = 32;

    private static final String NUMERICS = "numerics";

    @Param({"1000", "7000"})
    private int workers;

    private final List<WorkerId> ids = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private final BlockHasher hasher = new BlockHasher();
    private final BlockHash root = hasher.root(NUMERICS, "", "");
    private final long[] hashes = new long[2 * BLOCKS];
    private PrefixSelector selector =
            new PrefixSelector(new PrefixWindow(0.1, 0.005), 1_000, 256, new SplittableRandom(2), () -> 0);
    private final Demand[] continued = new Demand[PROMPTS];
    /** Blocks at the beginning of each that somebody holds. */
    private final int[] told = new int[PROMPTS];

    private final Demand[] unique = new Demand[PROMPTS];
    private final Demand[] shared = new Demand[PROMPTS];
    private final KvChanges[] changes = new KvChanges[PROMPTS];
    private int next;

    @Setup(Level.Trial)
    public void setUp() {
        selector = new PrefixSelector(new PrefixWindow(0.1, 0.005), 16_000_000, 256, new SplittableRandom(2), () -> 0);
        for (int i = 0; i < workers; i++) {
            ids.add(new WorkerId("worker-" + i, 1));
            selector.up(worker(i), info());
            selector.load(worker(i), stats(random.nextInt(8), random.nextInt(2_000)));
        }
        int conversations = INDEXED_BLOCKS / (BLOCKS - SYSTEM_BLOCKS);
        for (int i = 0; i < conversations; i++) {
            TokenIds tokens = conversation(i, BLOCKS);
            hasher.chain(root, tokens, BLOCK_TOKENS, 0, BLOCKS, hashes);
            for (int holders = 1 + random.nextInt(3); holders > 0; holders--) {
                store(worker(random.nextInt(workers)), BLOCKS);
            }
        }
        TokenIds everywhere = conversation(-1, BLOCKS);
        hasher.chain(root, everywhere, BLOCK_TOKENS, 0, BLOCKS, hashes);
        for (int i = 0; i < workers; i++) {
            store(worker(i), BLOCKS);
        }
        for (int i = 0; i < PROMPTS; i++) {
            told[i] = 8 + random.nextInt(BLOCKS - 8);
            AttemptKey attempt = new AttemptKey("sequence-" + i % ATTEMPTS, 1, 1, 0);
            continued[i] = demand(attempt, joined(conversation(random.nextInt(conversations), told[i])));
            unique[i] = demand(attempt, joined(TokenIds.EMPTY));
            shared[i] = demand(attempt, joined(everywhere));
        }
        for (int i = 0; i < PROMPTS; i++) {
            changes[i] = turnover(i);
        }
        if (select(shared).cachedTokens() != BLOCKS * BLOCK_TOKENS
                || selector.index().blocks() < INDEXED_BLOCKS / 2) {
            throw new IllegalStateException("the index is not what is to be measured");
        }
        System.err.printf(
                "%n%d workers, %d blocks, %d entries, %d MB%n",
                workers,
                selector.index().blocks(),
                selector.index().entries(),
                selector.index().bytes() >> 20);
    }

    /** A prompt that goes on with a conversation. */
    @Benchmark
    public Selection selectContinued() {
        return select(continued);
    }

    /** As often, but read as a distribution. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public Selection sampleContinued() {
        return select(continued);
    }

    /** A prompt that nobody holds any block of. */
    @Benchmark
    public Selection selectUnique() {
        return select(unique);
    }

    /** A prompt that every worker holds all blocks of. */
    @Benchmark
    public Selection selectShared() {
        return select(shared);
    }

    /** What of {@link #sampleContinued} is hashing: up to the first block that nobody holds. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public long sampleHashContinued() {
        int prompt = next++ % PROMPTS;
        return hash(continued[prompt], Math.ceilDiv(told[prompt] + 1, HASHED_AT_ONCE) * HASHED_AT_ONCE);
    }

    /** What of {@link #selectShared} is hashing. */
    @Benchmark
    public long hashShared() {
        return hash(shared[next++ % PROMPTS], BLOCKS);
    }

    private long hash(Demand demand, int blocks) {
        hasher.chain(root, demand.tokens(), BLOCK_TOKENS, 0, blocks, hashes);
        return hashes[0];
    }

    /** A worker says that it stored a block, or that one it had stored is gone; in nanoseconds, of each. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public void event() {
        int each = next++;
        selector.cached(worker(each / 2 * 31 % workers), changes[each % PROMPTS]);
    }

    /** A worker reports its load. */
    @Benchmark
    public void load() {
        int each = next++;
        selector.load(worker(each % workers), stats(each & 7, (each * 37) & 2_047));
    }

    private Selection select(Demand[] demands) {
        return selector.select(demands[next++ % PROMPTS]).orElseThrow();
    }

    private void store(WorkerId worker, int blocks) {
        KvChanges.Log log = new KvChanges.Log();
        for (int i = 0; i < blocks; i++) {
            log.stored(hashes[2 * i], hashes[2 * i + 1]);
        }
        selector.cached(worker, log.take());
    }

    /** Even ones store blocks that the odd ones after them remove. */
    private KvChanges turnover(int number) {
        SplittableRandom blocks = new SplittableRandom(number / 2);
        KvChanges.Log log = new KvChanges.Log();
        for (int i = 0; i < BATCH; i++) {
            if (number % 2 == 0) {
                log.stored(blocks.nextLong(), blocks.nextLong());
            } else {
                log.removed(blocks.nextLong(), blocks.nextLong());
            }
        }
        return log.take();
    }

    private static TokenIds conversation(int number, int blocks) {
        int[] ids = new int[blocks * BLOCK_TOKENS];
        SplittableRandom system = new SplittableRandom(Math.floorMod(number, SYSTEM_PROMPTS));
        SplittableRandom own = new SplittableRandom(1_000 + number);
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (i < SYSTEM_BLOCKS * BLOCK_TOKENS ? system : own).nextInt(50_000);
        }
        return TokenIds.of(ids);
    }

    /** 64 blocks and a token that begin with these tokens; the others are new. */
    private TokenIds joined(TokenIds beginning) {
        int[] ids = new int[BLOCKS * BLOCK_TOKENS + 1];
        for (int i = beginning.size(); i < ids.length; i++) {
            ids[i] = random.nextInt(50_000);
        }
        beginning.copyTo(ids, 0);
        return TokenIds.of(ids);
    }

    private static Demand demand(AttemptKey attempt, TokenIds tokens) {
        return new Demand(attempt, "model", tokens, "", null, Set.of());
    }

    private WorkerId worker(int number) {
        return ids.get(number);
    }

    private static ExecutorInfo info() {
        return new ExecutorInfo("model", NUMERICS, "none", 50_000, 8_192, TokenIds.of(0), BLOCK_TOKENS, 4_096, 1);
    }

    private static EngineStats stats(int running, int tokens) {
        return new EngineStats(running, 0, tokens, 0, 0, 0, 1, 0, 0, 0, 0, 0, new EngineSpeed(0.003, 0.000_4, 0.000_6));
    }
}
