package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import troupe.actors.admin.RoutingView;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.KvChanges;

class WorkerCachesTest {
    private static final WorkerId WORKER = new WorkerId("w", 1);

    private final Mirror mirror = new Mirror();
    private final WorkerCaches caches = new WorkerCaches(mirror);
    private final CacheFeed feed = new CacheFeed();

    @Test
    void shouldFollowFromASnapshotOn() {
        caches.up(WORKER);
        feed.add(stored(1));
        feed.add(stored(2));
        assertFalse(caches.changed(WORKER, 2, stored(2)), "asked already");
        assertEquals(Set.of(), mirror.blocks);

        assertFalse(sendSnapshot());
        assertEquals(Set.of(block(1), block(2)), mirror.blocks);
        feed.add(removed(1));
        assertFalse(caches.changed(WORKER, feed.number(), removed(1)));
        assertEquals(Set.of(block(2)), mirror.blocks);
    }

    @Test
    void shouldAskAgainAfterAGapAndTakeNothingMeanwhile() {
        caches.up(WORKER);
        sendSnapshot();
        feed.add(stored(1));
        feed.add(stored(2));
        assertTrue(caches.changed(WORKER, 2, stored(2)), "the first change is missing");
        feed.add(stored(3));
        assertFalse(caches.changed(WORKER, 3, stored(3)), "asked already");
        assertEquals(Set.of(), mirror.blocks);
        sendSnapshot();
        assertEquals(Set.of(block(1), block(2), block(3)), mirror.blocks);
    }

    @Test
    void shouldNoticeByASignOfLifeThatTheLastChangeWasLost() {
        caches.up(WORKER);
        sendSnapshot();
        feed.add(stored(1));
        assertTrue(caches.sign(WORKER, feed.number()));
    }

    @Test
    void shouldAskAgainWhenTheAnswerWasLost() {
        caches.up(WORKER);
        for (int i = 0; i < WorkerCaches.PATIENCE_SIGNS; i++) {
            assertFalse(caches.sign(WORKER, 0));
        }
        assertTrue(caches.sign(WORKER, 0));
    }

    @Test
    void shouldAskAgainWhenPartOfASnapshotWasLost() {
        for (int i = 0; i < 2 * CacheFeed.BLOCKS_PER_CHUNK; i++) {
            feed.add(stored(i));
        }
        caches.up(WORKER);
        List<KvChanges> chunks = feed.snapshot();
        assertEquals(3, chunks.size());
        assertFalse(caches.snapshot(WORKER, feed.number(), 0, false, chunks.get(0)));
        assertTrue(caches.snapshot(WORKER, feed.number(), 2, true, chunks.get(2)));
        sendSnapshot();
        assertEquals(2 * CacheFeed.BLOCKS_PER_CHUNK, mirror.blocks.size());
    }

    /** Whatever is lost, a follower that got a whole snapshot and all that came after it agrees with its worker. */
    @Test
    void shouldAgreeWithTheWorkerWheneverNothingWasLostSinceItsSnapshot() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            CacheFeed source = new CacheFeed();
            Mirror copy = new Mirror();
            WorkerCaches follower = new WorkerCaches(copy);
            Set<BlockHash> truth = new HashSet<>();
            follower.up(WORKER);
            boolean ask = true;
            for (int step = 0; step < 200; step++) {
                if (ask && random.nextInt(3) > 0) {
                    ask = false;
                    List<KvChanges> chunks = source.snapshot();
                    for (int i = 0; i < chunks.size(); i++) {
                        ask |= follower.snapshot(WORKER, source.number(), i, i == chunks.size() - 1, chunks.get(i));
                    }
                }
                int id = random.nextInt(20);
                KvChanges change = truth.contains(block(id)) ? removed(id) : stored(id);
                if (!truth.remove(block(id))) {
                    truth.add(block(id));
                }
                source.add(change);
                if (random.nextInt(10) > 0) {
                    ask |= follower.changed(WORKER, source.number(), change);
                }
            }
            if (ask || follower.sign(WORKER, source.number())) {
                List<KvChanges> chunks = source.snapshot();
                for (int i = 0; i < chunks.size(); i++) {
                    follower.snapshot(WORKER, source.number(), i, i == chunks.size() - 1, chunks.get(i));
                }
            }
            assertEquals(truth, copy.blocks, "seed " + seed);
        }
    }

    private boolean sendSnapshot() {
        List<KvChanges> chunks = feed.snapshot();
        boolean ask = false;
        for (int i = 0; i < chunks.size(); i++) {
            ask |= caches.snapshot(WORKER, feed.number(), i, i == chunks.size() - 1, chunks.get(i));
        }
        return ask;
    }

    private static BlockHash block(int id) {
        return new BlockHash(id, -id);
    }

    private static KvChanges stored(int id) {
        KvChanges.Log log = new KvChanges.Log();
        log.stored(id, -id);
        return log.take();
    }

    private static KvChanges removed(int id) {
        KvChanges.Log log = new KvChanges.Log();
        log.removed(id, -id);
        return log.take();
    }

    /** What a selector would know. */
    private static final class Mirror implements WorkerSelector {
        final Set<BlockHash> blocks = new HashSet<>();

        @Override
        public void cached(WorkerId worker, KvChanges changes) {
            for (int i = 0; i < changes.size(); i++) {
                BlockHash block = new BlockHash(changes.high(i), changes.low(i));
                switch (changes.kind(i)) {
                    case STORED -> blocks.add(block);
                    case REMOVED -> blocks.remove(block);
                    case CLEARED -> blocks.clear();
                }
            }
        }

        @Override
        public void up(WorkerId worker, ExecutorInfo info, int places) {}

        @Override
        public void load(WorkerId worker, EngineStats stats) {}

        @Override
        public void down(WorkerId worker) {}

        @Override
        public Optional<Selection> select(Demand demand, boolean full) {
            return Optional.empty();
        }

        @Override
        public RoutingView view() {
            return RoutingView.of("none");
        }

        @Override
        public boolean hasRoom(String model) {
            return false;
        }

        @Override
        public void release(AttemptKey attempt) {}

        @Override
        public void arrived(AttemptKey attempt) {}
    }
}
