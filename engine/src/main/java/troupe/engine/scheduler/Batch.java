package troupe.engine.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import troupe.engine.Tenant;
import troupe.engine.TenantCounts;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.BlockManager;
import troupe.engine.kv.BlockTable;

/**
 * Who waits, who runs, and how many tokens of whom the next step computes: decodes first, then prompts in chunks, of those
 * that run and those that come in, in {@link PrefillOrder} while tokens, slots and blocks last.
 *
 * <pre>
 *   waiting --admit--> running --remove--> (gone)
 *      ^---- preempt ----'
 * </pre>
 *
 * Nobody starves: the most important running sequence may take the blocks of all others, and every sequence fits the
 * pool alone. Preemption is by recompute: blocks are given back, tokens kept. Waiting sequences displace running ones of
 * strictly lower priority only; where all slots are taken, a tenant that has none displaces one of who has most.
 */
final class Batch {
    /** How many times as many sequences a tenant has whose prompts do not lengthen a step for another tenant's. */
    private static final int MANY = 2;

    /** The part of a step that may be added to one whose end a client's pause waits for: about what a step costs anyway. */
    private static final int BESIDE = 8;

    private final BlockManager blocks;
    private final int blockTokens;
    private final int maxStepTokens;
    private final int maxRunning;
    private final TreeSet<Sequence> waiting = new TreeSet<>(PrefillOrder.BY_PLACE);
    private final TreeSet<Sequence> running = new TreeSet<>(Sequence.BY_IMPORTANCE);
    private final TenantCounts waitingOf = new TenantCounts();
    private final TenantCounts runningOf = new TenantCounts();
    private final PrefillOrder order = new PrefillOrder();
    private long waitingTokens;
    private long preemptions;
    private long prefixQueries;
    private long prefixHits;

    // Of the step being planned.
    private final List<Sequence> planned = new ArrayList<>();
    private int budget;
    private boolean preempted;

    Batch(BlockManager blocks, int blockTokens, SchedulerLimits limits) {
        this.blocks = blocks;
        this.blockTokens = blockTokens;
        maxStepTokens = limits.maxStepTokens();
        maxRunning = Math.min(limits.maxSequences(), limits.maxStepTokens());
    }

    Collection<Sequence> waiting() {
        return waiting;
    }

    Collection<Sequence> running() {
        return running;
    }

    /** Tokens still to prefill: of the waiting, but for what was cached when they began to wait, and of the running. */
    long tokensToPrefill() {
        long tokens = waitingTokens;
        for (Sequence sequence : running) {
            tokens += sequence.isDecoding() ? 0 : sequence.uncomputed();
        }
        return tokens;
    }

    long preemptions() {
        return preemptions;
    }

    long prefixQueries() {
        return prefixQueries;
    }

    long prefixHits() {
        return prefixHits;
    }

    void enqueue(Sequence sequence) {
        countCached(sequence);
        order.enter(sequence);
        await(sequence);
    }

    private void countCached(Sequence sequence) {
        int cached = blocks.cachedPrefix(sequence.hashes, sequence.cacheable() / blockTokens);
        sequence.tokensToPrefill = sequence.tokens.size() - cached * blockTokens;
    }

    private void await(Sequence sequence) {
        waiting.add(sequence);
        waitingOf.add(sequence.request.tenant());
        waitingTokens += sequence.tokensToPrefill;
    }

    void remove(Sequence sequence) {
        if (!leave(sequence)) {
            dequeue(sequence);
        }
        blocks.release(sequence.table);
    }

    /** Takes a sequence out of the running ones; false if it is none. */
    private boolean leave(Sequence sequence) {
        boolean left = running.remove(sequence);
        if (left) {
            runningOf.remove(sequence.request.tenant());
        }
        return left;
    }

    /** Plans a step: gives each sequence that takes part in it blocks and a number of planned tokens. */
    List<Sequence> plan() {
        planned.clear();
        budget = maxStepTokens;
        preempted = false;
        List<Sequence> decoding = new ArrayList<>();
        List<Sequence> prefilling = new ArrayList<>();
        for (Sequence sequence : running) {
            (sequence.isDecoding() ? decoding : prefilling).add(sequence);
        }
        decoding.forEach(this::goOn);
        planPrompts(prefilling);
        for (Sequence sequence : planned) {
            if (!sequence.isDecoding()) {
                order.prefilled(sequence, sequence.planned);
            }
        }
        return List.copyOf(planned);
    }

    /** Plans as much of a running sequence as there are tokens and blocks for; nothing of one that was thrown out. */
    private void goOn(Sequence sequence) {
        if (budget > 0 && (!preempted || running.contains(sequence))) {
            int tokens = reserve(sequence, Math.min(sequence.uncomputed(), budget));
            if (tokens > 0) {
                take(sequence, tokens);
            }
        }
    }

    /**
     * Goes on with the prompts of {@code prefilling} and takes in waiting sequences, all in one order. None comes in behind
     * one that there is no room for, and none at a step that threw somebody out.
     *
     * <p>Behind a sequence that goes on with an answer the step gets little, and nothing that it cannot finish: the shorter
     * it is, the sooner the client's pause ends, and of two that go on one waits half as long. Nor does it get what it
     * cannot finish behind the prompt of a tenant that has few, of one that has {@link #MANY} times as many.
     */
    private void planPrompts(List<Sequence> prefilling) {
        boolean admitting = !waiting.isEmpty() && !preempted && mayComeIn(waiting.first());
        Map<BlockHash, Integer> computedNext = new HashMap<>();
        if (admitting) {
            running.forEach(sequence -> addNextBlock(sequence, computedNext));
        }
        List<Sequence> prompts = new ArrayList<>(prefilling);
        prompts.addAll(waiting);
        order.sort(prompts, runningOf);
        boolean hurries = false;
        int beside = maxStepTokens / BESIDE;
        double fewest = Double.POSITIVE_INFINITY;
        for (Sequence sequence : prompts) {
            double share = runningOf.share(sequence.request.tenant());
            int most = hurries ? Math.min(budget, beside) : budget;
            if ((hurries || share >= MANY * fewest) && sequence.leftToPrefill() > most) {
                return;
            }
            if (running.contains(sequence)) {
                goOn(sequence);
            } else if (admitting && !preempted) {
                admitting = comeIn(sequence, computedNext);
            }
            if (sequence.planned > 0) {
                beside -= hurries ? sequence.planned : 0;
                hurries |= sequence.goesOn();
                fewest = Math.min(fewest, runningOf.share(sequence.request.tenant()));
            }
        }
    }

    /**
     * Takes a waiting sequence in. One whose next block is just what a running sequence of its priority computes next is
     * left for a later step, when it finds that block in the cache.
     *
     * @return false if there is no room for it
     */
    private boolean comeIn(Sequence sequence, Map<BlockHash, Integer> computedNext) {
        int limit = sequence.cacheable() / blockTokens;
        int cached = blocks.cachedPrefix(sequence.hashes, limit);
        if (cached < limit && comesSoon(sequence, cached, computedNext)) {
            return true;
        }
        if (!makeRoom(sequence, cached)) {
            return false;
        }
        start(sequence, cached);
        addNextBlock(sequence, computedNext);
        return true;
    }

    /** Remembers which block a running sequence computes next, and the highest priority at which that happens. */
    private void addNextBlock(Sequence sequence, Map<BlockHash, Integer> computedNext) {
        int next = sequence.computed / blockTokens;
        if (next < sequence.hashes.size()) {
            computedNext.merge(sequence.hashes.get(next), sequence.request.priority(), Math::min);
        }
    }

    private static boolean comesSoon(Sequence sequence, int block, Map<BlockHash, Integer> computedNext) {
        Integer priority = computedNext.get(sequence.hashes.get(block));
        return priority != null && priority <= sequence.request.priority();
    }

    /**
     * Gets blocks for the next {@code wanted} tokens, from less important sequences if need be.
     *
     * @return tokens there are blocks for; the least important sequence may get fewer than wanted, or none
     */
    private int reserve(Sequence sequence, int wanted) {
        while (!blocks.grow(sequence.table, blocks.blocksFor(sequence.computed + wanted))) {
            Sequence victim = running.last();
            if (victim == sequence) {
                int reachable = sequence.table.size() + blocks.availableBlocks();
                blocks.grow(sequence.table, reachable);
                return reachable * blockTokens - sequence.computed;
            }
            preempt(victim);
        }
        return wanted;
    }

    private void take(Sequence sequence, int tokens) {
        sequence.planned = tokens;
        budget -= tokens;
        planned.add(sequence);
    }

    private void preempt(Sequence victim) {
        leave(victim);
        if (planned.remove(victim)) {
            budget += victim.planned;
            victim.planned = 0;
        }
        blocks.release(victim.table);
        victim.computed = 0;
        countCached(victim);
        await(victim);
        preemptions++;
        preempted = true;
    }

    /** Whether there is a slot and a token for the most important one that waits, or whoever may displace somebody. */
    private boolean mayComeIn(Sequence first) {
        return (budget > 0 && (running.size() < maxRunning || waitingOf.hasOthersThan(runningOf)))
                || running.last().request.priority() > first.request.priority();
    }

    private boolean makeRoom(Sequence sequence, int cachedBlocks) {
        while (budget == 0 || running.size() >= maxRunning || !fits(sequence, cachedBlocks)) {
            Optional<Sequence> victim = victim(sequence, cachedBlocks);
            if (victim.isEmpty()) {
                return false;
            }
            preempt(victim.get());
        }
        return true;
    }

    /** Whom a waiting sequence may displace. */
    private Optional<Sequence> victim(Sequence sequence, int cachedBlocks) {
        if (running.isEmpty()) {
            return Optional.empty();
        }
        Sequence last = running.last();
        if (last.request.priority() > sequence.request.priority()) {
            return Optional.of(last);
        }
        boolean lacksSlot = budget > 0 && running.size() >= maxRunning && fits(sequence, cachedBlocks);
        return lacksSlot && runningOf.share(sequence.request.tenant()) == 0 ? lastOfMost(sequence) : Optional.empty();
    }

    /** The least important one of the tenant that has most, by weight, of those with two or more; none that is more urgent. */
    private Optional<Sequence> lastOfMost(Sequence sequence) {
        Sequence found = null;
        for (Sequence each : running.descendingSet()) {
            Tenant tenant = each.request.tenant();
            if (each.request.priority() >= sequence.request.priority()
                    && runningOf.count(tenant) > 1
                    && (found == null || runningOf.share(tenant) > runningOf.share(found.request.tenant()))) {
                found = each;
            }
        }
        return Optional.ofNullable(found);
    }

    /** Whether there are blocks for all tokens so far, beside those of the prompts begun: each can be finished. */
    private boolean fits(Sequence sequence, int cachedBlocks) {
        int needed = blocks.blocksFor(sequence.tokens.size()) - cachedBlocks;
        for (Sequence begun : running) {
            needed += blocks.blocksFor(begun.tokens.size()) - begun.table.size();
        }
        return needed <= blocks.availableBlocks() - blocks.idleAmong(sequence.hashes, cachedBlocks);
    }

    private void start(Sequence sequence, int cachedBlocks) {
        dequeue(sequence);
        running.add(sequence);
        runningOf.add(sequence.request.tenant());
        blocks.takePrefix(sequence.table, sequence.hashes, cachedBlocks);
        sequence.begin(cachedBlocks * blockTokens);
        prefixQueries += sequence.tokens.size();
        prefixHits += sequence.computed;
        int tokens = Math.min(sequence.uncomputed(), budget);
        if (!blocks.grow(sequence.table, blocks.blocksFor(sequence.computed + tokens))) {
            throw new IllegalStateException(sequence.key() + " was admitted without blocks");
        }
        take(sequence, tokens);
    }

    private void dequeue(Sequence sequence) {
        if (waiting.remove(sequence)) {
            waitingOf.remove(sequence.request.tenant());
            waitingTokens -= sequence.tokensToPrefill;
        }
    }

    /** Checks the books; throws IllegalStateException that names what is wrong. */
    void verify() {
        List<BlockTable> tables = new ArrayList<>();
        long tokens = 0;
        for (Sequence sequence : running) {
            tables.add(sequence.table);
        }
        for (Sequence sequence : waiting) {
            tokens += sequence.tokensToPrefill;
            if (sequence.table.size() != 0 || sequence.computed != 0 || running.contains(sequence)) {
                throw new IllegalStateException(
                        sequence.key() + " waits, yet runs, holds blocks or counts computed tokens");
            }
        }
        waitingOf.verify(waiting.stream().map(sequence -> sequence.request.tenant()));
        runningOf.verify(running.stream().map(sequence -> sequence.request.tenant()));
        if (running.size() > maxRunning || tokens != waitingTokens) {
            throw new IllegalStateException("%d sequences run of at most %d; %d tokens wait, counted %d"
                    .formatted(running.size(), maxRunning, tokens, waitingTokens));
        }
        blocks.verify(tables);
    }
}
