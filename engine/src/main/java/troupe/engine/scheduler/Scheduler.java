package troupe.engine.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineEvent.FailureReason;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.SliceResult;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.BlockManager;
import troupe.engine.kv.KvChanges;

/**
 * Turns requests into steps and results into events: continuous batching with chunked prefill over a paged KV cache.
 * A plain deterministic class: no thread, no clock, no randomness.
 *
 * <pre>
 *   idle --schedule--> in flight --commit--> idle
 * </pre>
 *
 * {@link #add}, {@link #cancel} and {@link #closeAll} belong to the idle state. Every added attempt gets exactly one
 * terminal event, except for a repeated key, which is the same attempt.
 */
public final class Scheduler {
    /** What attempts compete for: only the latest may run. */
    private record Choice(String sequence, int choice) {
        static Choice of(AttemptKey key) {
            return new Choice(key.sequence(), key.choice());
        }
    }

    private final ExecutorInfo info;
    private final BlockManager blocks;
    private final Batch batch;
    private final Map<Choice, Sequence> live = new HashMap<>();
    private List<EngineEvent> events = new ArrayList<>();
    private List<Sequence> inFlight = List.of();
    private int prefillTokens;
    private int decodeTokens;
    private long arrivals;
    private long steps;
    private long promptTokens;
    private long generatedTokens;

    public Scheduler(ExecutorInfo info, SchedulerLimits limits) {
        this.info = info;
        blocks = new BlockManager(info.kvBlocks(), info.blockTokens());
        batch = new Batch(blocks, info.blockTokens(), limits);
    }

    /** Takes a request in. A later attempt at the same choice supersedes an earlier one; a repeated key does nothing. */
    public void add(EngineRequest request, long nowNanos) {
        requireIdle();
        AttemptKey key = request.key();
        Sequence rival = live.get(Choice.of(key));
        if (rival != null) {
            int order = compareAttempts(key, rival.key());
            if (order == 0) {
                return;
            }
            if (order < 0) {
                events.add(new EngineEvent.Cancelled(key));
                return;
            }
            end(rival, new EngineEvent.Cancelled(rival.key()));
        }
        Optional<EngineEvent.Failed> refusal = refusal(request);
        if (refusal.isPresent()) {
            events.add(refusal.get());
            return;
        }
        BlockHash root = BlockHash.root(info.numericsId(), "", request.cacheSalt());
        Sequence sequence = new Sequence(
                request, arrivals++, nowNanos, root, info.blockTokens(), info.contextLength(), info.endOfSequence());
        live.put(Choice.of(key), sequence);
        batch.enqueue(sequence);
        finishIfComplete(sequence);
    }

    /** Ends an attempt and frees its blocks; does nothing for one that is not live. */
    public void cancel(AttemptKey key) {
        requireIdle();
        Sequence sequence = live.get(Choice.of(key));
        if (sequence != null && sequence.key().equals(key)) {
            end(sequence, new EngineEvent.Cancelled(key));
        }
    }

    /** Fails every attempt with CLOSED, the running ones first. */
    public void closeAll() {
        requireIdle();
        prefillTokens = 0;
        decodeTokens = 0;
        List<Sequence> all = new ArrayList<>(batch.running());
        all.addAll(batch.waiting());
        for (Sequence sequence : all) {
            fail(sequence, FailureReason.CLOSED, "the engine was closed");
        }
    }

    /** The next step; empty only if there is no work. Attempts past their deadline fail first. */
    public Optional<StepPlan> schedule(long nowNanos) {
        requireIdle();
        expire(batch.running(), nowNanos);
        expire(batch.waiting(), nowNanos);
        List<Sequence> planned = batch.plan();
        prefillTokens = 0;
        decodeTokens = 0;
        if (planned.isEmpty()) {
            if (hasWork()) {
                throw new IllegalStateException("%d sequences wait and %d run, yet none can go on"
                        .formatted(batch.waiting().size(), batch.running().size()));
            }
            return Optional.empty();
        }
        List<SequenceSlice> slices = new ArrayList<>(planned.size());
        for (Sequence sequence : planned) {
            if (!sequence.started) {
                sequence.started = true;
                promptTokens += sequence.request.prompt().size();
                events.add(
                        new EngineEvent.Started(sequence.key(), sequence.computed, nowNanos - sequence.arrivalNanos));
            }
            if (sequence.isDecoding()) {
                decodeTokens += sequence.planned;
            } else {
                prefillTokens += sequence.planned;
            }
            int covering = blocks.blocksFor(sequence.computed + sequence.planned);
            slices.add(sequence.slice(sequence.table.first(covering)));
        }
        inFlight = planned;
        return Optional.of(new StepPlan(steps, slices));
    }

    /**
     * Takes the result of the step in flight.
     *
     * @throws IllegalStateException if it does not answer the plan; the executor is then not to be trusted any more
     */
    public void commit(StepResult result) {
        if (inFlight.isEmpty() || result.stepId() != steps || result.slices().size() != inFlight.size()) {
            throw new IllegalStateException(
                    "step %d with %d slices is in flight, the result is of step %d with %d slices"
                            .formatted(
                                    steps,
                                    inFlight.size(),
                                    result.stepId(),
                                    result.slices().size()));
        }
        List<Sequence> planned = inFlight;
        inFlight = List.of();
        steps++;
        for (int i = 0; i < planned.size(); i++) {
            Sequence sequence = planned.get(i);
            switch (result.slices().get(i)) {
                case SliceResult.Failed failed -> fail(sequence, FailureReason.NUMERICS, failed.reason());
                case SliceResult.Computed computed -> advance(sequence, computed);
            }
        }
    }

    private void advance(Sequence sequence, SliceResult.Computed result) {
        boolean drawing = sequence.planned == sequence.uncomputed();
        if (drawing == result.drawn().isEmpty()) {
            throw new IllegalStateException("%s: the executor drew %d tokens, %s"
                    .formatted(sequence.key(), result.drawn().size(), drawing ? "one was due" : "none was due"));
        }
        Optional<List<ScoredToken>> scores = sequence.advance(result.scored());
        blocks.publish(sequence.table, sequence.hashes, sequence.computed / info.blockTokens());
        scores.ifPresent(tokens -> events.add(new EngineEvent.PromptScored(sequence.key(), tokens)));
        if (drawing) {
            appendDrawn(sequence, result.drawn());
        }
    }

    private void appendDrawn(Sequence sequence, List<ScoredToken> drawn) {
        int firstIndex = sequence.outputTokens();
        int taken = 0;
        while (taken < drawn.size() && (taken == 0 || sequence.finishReason().isEmpty())) {
            sequence.append(drawn.get(taken).token());
            taken++;
        }
        generatedTokens += taken;
        events.add(new EngineEvent.Tokens(
                sequence.key(), firstIndex, taken == drawn.size() ? drawn : drawn.subList(0, taken)));
        finishIfComplete(sequence);
    }

    private void finishIfComplete(Sequence sequence) {
        sequence.finishReason().ifPresent(reason -> end(sequence, new EngineEvent.Finished(sequence.key(), reason)));
    }

    private void expire(Collection<Sequence> sequences, long nowNanos) {
        boolean anyLate = false;
        for (Sequence sequence : sequences) {
            anyLate |= isLate(sequence, nowNanos);
        }
        if (anyLate) {
            for (Sequence sequence : List.copyOf(sequences)) {
                if (isLate(sequence, nowNanos)) {
                    String message = "past its deadline after " + sequence.outputTokens() + " tokens";
                    fail(sequence, FailureReason.DEADLINE, message);
                }
            }
        }
    }

    private static boolean isLate(Sequence sequence, long nowNanos) {
        long deadline = sequence.request.deadlineNanos();
        return deadline != Long.MAX_VALUE && deadline - nowNanos <= 0;
    }

    private void fail(Sequence sequence, FailureReason reason, String message) {
        end(sequence, new EngineEvent.Failed(sequence.key(), reason, message));
    }

    private void end(Sequence sequence, EngineEvent.Terminal event) {
        live.remove(Choice.of(sequence.key()));
        batch.remove(sequence);
        events.add(event);
    }

    private Optional<EngineEvent.Failed> refusal(EngineRequest request) {
        Optional<String> problem = RequestCheck.problem(request, info);
        if (problem.isPresent()) {
            return problem.map(text -> new EngineEvent.Failed(request.key(), FailureReason.INVALID, text));
        }
        return tooLong(request).map(text -> new EngineEvent.Failed(request.key(), FailureReason.TOO_LONG, text));
    }

    private Optional<String> tooLong(EngineRequest request) {
        int prompt = request.prompt().size();
        int output = request.output().size();
        int context = info.contextLength();
        if (prompt >= context || output > context - prompt) {
            return Optional.of(
                    "the prompt has %d tokens and the output %d, the context %d with at least one to generate"
                            .formatted(prompt, output, context));
        }
        // The last token's keys and values are never needed.
        int longest = (int) Math.min((long) prompt + request.sampling().maxTokens(), context) - 1;
        return blocks.blocksFor(longest) <= blocks.totalBlocks()
                ? Optional.empty()
                : Optional.of("prompt and max_tokens can need %d KV blocks, the pool has %d"
                        .formatted(blocks.blocksFor(longest), blocks.totalBlocks()));
    }

    private static int compareAttempts(AttemptKey one, AttemptKey other) {
        int byEpoch = Long.compare(one.epoch(), other.epoch());
        return byEpoch != 0 ? byEpoch : Integer.compare(one.attempt(), other.attempt());
    }

    /** The events since the last call, in the order in which they happened. */
    public List<EngineEvent> takeEvents() {
        List<EngineEvent> taken = events;
        events = new ArrayList<>();
        return taken;
    }

    /** What entered and left the prefix cache since the last call. */
    public KvChanges takeCacheChanges() {
        return blocks.takeChanges();
    }

    public boolean hasWork() {
        return !live.isEmpty();
    }

    /** Sequences accepted and not in the batch. */
    public int waiting() {
        return batch.waiting().size();
    }

    /** Prompt tokens, and output tokens computed again, of the last planned step. */
    public int prefillTokens() {
        return prefillTokens;
    }

    /** Tokens of the last planned step for sequences past their prompt. */
    public int decodeTokens() {
        return decodeTokens;
    }

    /** Load and counters of now; the speed, which needs a clock, is for others to add. */
    public EngineStats stats() {
        return new EngineStats(
                batch.running().size(),
                batch.waiting().size(),
                batch.tokensToPrefill(),
                blocks.usedBlocks(),
                blocks.cachedBlocks(),
                blocks.totalBlocks(),
                steps,
                batch.prefixQueries(),
                batch.prefixHits(),
                batch.preemptions(),
                promptTokens,
                generatedTokens,
                null);
    }

    /**
     * Checks the bookkeeping: no block lost or owned twice, counts add up, every live sequence waits or runs.
     *
     * @throws IllegalStateException that names what is wrong
     */
    public void verify() {
        if (live.size() != batch.waiting().size() + batch.running().size()) {
            throw new IllegalStateException("%d sequences are live, %d wait, %d run"
                    .formatted(
                            live.size(), batch.waiting().size(), batch.running().size()));
        }
        batch.verify();
    }

    private void requireIdle() {
        if (!inFlight.isEmpty()) {
            throw new IllegalStateException("step " + steps + " is in flight");
        }
    }
}
