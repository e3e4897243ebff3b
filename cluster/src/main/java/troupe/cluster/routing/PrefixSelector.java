package troupe.cluster.routing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.admin.RoutingView;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.KvChanges;

/**
 * Sends an attempt to the worker that holds the longest prefix of it, among those that would give its first token within
 * a window of the least time. The time is the {@link CostModel}'s, from what the worker reported, what was sent to it
 * since, and its own measure of its speed. A prefix that runs hot spreads by itself: once waiting for its holders costs
 * more than computing it again, another worker is chosen, and holds it from then on.
 *
 * <p>Only the holders of the prefix are looked at, and the {@link #NEAREST} workers with the least to do, so the size of
 * the cluster hardly matters. A decision counts at once: its tokens are load, its blocks are predicted to be there. A
 * prediction ends after {@link #PATIENCE} times the steps that its blocks and what lies before them should take, and
 * {@link #PATIENT_STEPS} more: by then the worker has said that it stored them, or never will.
 */
public final class PrefixSelector implements WorkerSelector {
    static final String POLICY = "prefix";

    /** Workers with the least to do that each selection looks at. */
    static final int NEAREST = 8;

    static final int PATIENCE = 2;
    static final int PATIENT_STEPS = 16;

    /**
     * How much longer than the least time a worker may take for a sequence that goes on, at least. Others go on at the same
     * moment, and all of them at the fastest worker would take longer than some at one that is not twice as slow.
     */
    static final double SHARE_OF_MOVED = 0.75;

    private static final double FULL_SECONDS = 1e12;

    /** Positions of the index swept after a report. */
    private static final int SWEEP = 128;

    private final PrefixWindow window;
    private final CostModel cost;
    private final RandomGenerator random;
    private final IntSupplier rank;
    private final PrefixIndex index;
    private final Predictions predictions = new Predictions();
    private final Map<WorkerId, RoutedWorker> workers = new HashMap<>();
    private final Map<String, List<WorkerGroup>> groups = new HashMap<>();
    private final Reservations reservations = new Reservations();
    private final Candidates candidates = new Candidates();
    private final List<RoutedWorker> followed = new ArrayList<>();
    /** Workers by their numbers in the index; null where a number is free. */
    private final List<@Nullable RoutedWorker> slots = new ArrayList<>();

    private final NumberStack freeSlots = new NumberStack();
    private volatile RoutingView view;
    private long selections;
    /** Whether the selection that is being made may go to a worker that is full. */
    private boolean fullToo;

    /**
     * @param indexEntries pairs of block and worker that are remembered at most
     * @param stepTokens tokens that a worker computes in one step at most
     * @param random breaks ties
     * @param rank of this gateway among all: from 0, another one for each
     */
    public PrefixSelector(
            PrefixWindow window, int indexEntries, int stepTokens, RandomGenerator random, IntSupplier rank) {
        this.window = window;
        cost = new CostModel(stepTokens);
        this.random = random;
        this.rank = rank;
        index = new PrefixIndex(indexEntries, random.nextLong());
        view = viewed();
    }

    /** What the workers say that they have cached. */
    public PrefixIndex index() {
        return index;
    }

    @Override
    public void up(WorkerId id, ExecutorInfo info, int places) {
        down(id);
        WorkerGroup.Key key = WorkerGroup.Key.of(info);
        List<WorkerGroup> ofModel = groups.computeIfAbsent(info.model(), ignored -> new ArrayList<>());
        WorkerGroup group = null;
        for (WorkerGroup each : ofModel) {
            group = each.key.equals(key) ? each : group;
        }
        if (group == null) {
            group = new WorkerGroup(key);
            ofModel.add(group);
        }
        if (freeSlots.isEmpty()) {
            freeSlots.push(slots.size());
            slots.add(null);
        }
        RoutedWorker worker = new RoutedWorker(id, freeSlots.pop(), group, places);
        slots.set(worker.slot, worker);
        workers.put(id, worker);
        appraise(worker);
        group.heap.add(worker);
    }

    @Override
    public void load(WorkerId id, EngineStats stats) {
        RoutedWorker worker = workers.get(id);
        if (worker != null) {
            worker.measured(stats);
            worker.load.report(stats, this::over);
            moved(worker);
        }
        index.sweep(SWEEP);
        view = viewed();
    }

    private RoutingView viewed() {
        return new RoutingView(
                POLICY, index.blocks(), index.entries(), index.maxEntries(), index.bytes(), index.refused());
    }

    @Override
    public void cached(WorkerId id, KvChanges changes) {
        RoutedWorker worker = workers.get(id);
        if (worker != null) {
            index.apply(worker.slot, changes);
        }
    }

    @Override
    public void down(WorkerId id) {
        RoutedWorker worker = workers.remove(id);
        if (worker == null) {
            return;
        }
        reservations.forget(worker.load);
        worker.load.reservations().forEach(this::forget);
        index.clear(worker.slot);
        slots.set(worker.slot, null);
        freeSlots.push(worker.slot);
        WorkerGroup group = worker.group;
        group.roomy -= worker.roomy ? 1 : 0;
        worker.leave();
        group.heap.remove(worker);
        List<WorkerGroup> ofModel = groups.getOrDefault(group.key.model(), List.of());
        if (group.heap.isEmpty()) {
            ofModel.remove(group);
        }
        if (ofModel.isEmpty()) {
            groups.remove(group.key.model());
        }
    }

    @Override
    public boolean hasRoom(String model) {
        for (WorkerGroup group : groups.getOrDefault(model, List.of())) {
            if (group.roomy > 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Optional<Selection> select(Demand demand, boolean full) {
        drop(demand.attempt());
        candidates.clear();
        selections++;
        fullToo = full;
        for (WorkerGroup group : groups.getOrDefault(demand.model(), List.of())) {
            String numericsId = demand.numericsId();
            if (numericsId == null || numericsId.equals(group.key.numericsId())) {
                consider(group, demand);
            }
        }
        // Sequences that go on do so when their worker is lost, at all gateways at the same moment.
        int choice = demand.numericsId() == null
                ? candidates.choose(window.share(), window.seconds(), random)
                : candidates.chooseByRank(Math.max(window.share(), SHARE_OF_MOVED), window.seconds(), rank.getAsInt());
        if (choice < 0) {
            return Optional.empty();
        }
        RoutedWorker worker = candidates.worker(choice);
        int cachedTokens = candidates.cachedTokens(choice);
        reserve(worker, demand, cachedTokens);
        return Optional.of(new Selection(worker.id, cachedTokens, candidates.seconds(choice), POLICY));
    }

    @Override
    public RoutingView view() {
        return view;
    }

    @Override
    public void release(AttemptKey attempt) {
        reservations.release(attempt);
    }

    @Override
    public void arrived(AttemptKey attempt) {
        WorkerLoad load = reservations.arrived(attempt);
        RoutedWorker worker = load == null ? null : workers.get(load.worker);
        if (worker != null) {
            moved(worker);
        }
    }

    private void consider(WorkerGroup group, Demand demand) {
        int tokens = demand.tokens().size();
        int blockTokens = group.key.blockTokens();
        PromptHashes prompt = group.prompt;
        prompt.of(demand.tokens(), demand.cacheSalt());
        // At least one token is always computed: the last one's logits are wanted.
        int cacheable = Math.max(0, tokens - 1) / blockTokens;
        PrefixMatches matches = index.find(prompt, cacheable, random.nextInt());
        followed.clear();
        // Nobody is predicted to go on behind a block that nobody holds or is predicted to hold.
        int reached = matches.depth();
        for (int i = 0; i < cacheable && i <= reached; i++) {
            reached = Math.max(reached, follow(group, matches, i));
        }
        for (RoutedWorker worker : followed) {
            int held = matches.lengthOf(worker.slot) * blockTokens;
            add(worker, tokens, held, Math.min(cacheable, worker.predictedBlocks) * blockTokens, demand);
        }
        for (int i = 0; i < matches.size(); i++) {
            RoutedWorker worker = slots.get(matches.worker(i));
            if (worker != null && worker.group == group && worker.seen != selections) {
                int held = matches.length(i) * blockTokens;
                add(worker, tokens, held, held, demand);
            }
        }
        group.heap.ascend();
        RoutedWorker worker = group.heap.next();
        for (int found = 0; worker != null && found < NEAREST && mayHave(worker); worker = group.heap.next()) {
            if (worker.seen == selections) {
                found++;
            } else {
                int held = matches.lengthOf(worker.slot) * blockTokens;
                found += add(worker, tokens, held, held, demand) ? 1 : 0;
            }
        }
    }

    /**
     * Lengthens the prefixes of those who are predicted to go on with the prompt at one of its blocks.
     *
     * @return blocks at its beginning that one of them is predicted to hold; 0 if there is none
     */
    private int follow(WorkerGroup group, PrefixMatches matches, int block) {
        int reached = 0;
        Prediction prediction = predictions.candidates(group.prompt.low(block));
        for (; prediction != null; prediction = prediction.next) {
            RoutedWorker worker = prediction.worker;
            int more = worker.group == group ? prediction.common(group.prompt, block) : 0;
            if (more > 0) {
                if (worker.followed != selections) {
                    worker.followed = selections;
                    worker.predictedBlocks = matches.lengthOf(worker.slot);
                    followed.add(worker);
                }
                if (worker.predictedBlocks >= block) {
                    worker.predictedBlocks = Math.max(worker.predictedBlocks, block + more);
                    reached = Math.max(reached, worker.predictedBlocks);
                }
            }
        }
        return reached;
    }

    /**
     * Makes a worker a candidate, if it may be one.
     *
     * @param held tokens that it says it has cached
     * @param cachedTokens those that it will have cached when the attempt begins
     */
    private boolean add(RoutedWorker worker, int tokens, int held, int cachedTokens, Demand demand) {
        if (!mayHave(worker) || (!demand.avoid().isEmpty() && demand.avoid().contains(worker.id))) {
            return false;
        }
        worker.seen = selections;
        WorkerLoad load = worker.load;
        double seconds = cost.seconds(
                worker.speed(), load.tokens(), load.prompts(), tokens - held, tokens - cachedTokens, load.sequences());
        candidates.add(worker, cachedTokens, seconds);
        return true;
    }

    private boolean mayHave(RoutedWorker worker) {
        return worker.roomy || fullToo;
    }

    private void reserve(RoutedWorker worker, Demand demand, int cachedTokens) {
        int blockTokens = worker.group.key.blockTokens();
        int blocks = demand.tokens().size() / blockTokens;
        int known = cachedTokens / blockTokens;
        Reservation reservation =
                worker.load.reserve(demand.attempt(), demand.tokens().size() - cachedTokens);
        reservations.hold(reservation);
        moved(worker);
        if (blocks > known) {
            double steps = cost.steps(worker.load.tokens(), worker.load.sequences());
            Prediction prediction = new Prediction(
                    worker, worker.group.prompt, known, PATIENT_STEPS + PATIENCE * (long) Math.ceil(steps));
            reservation.prediction = prediction;
            predictions.add(prediction);
        }
    }

    /** The attempt is chosen for anew: it is not where it was sent before. */
    private void drop(AttemptKey attempt) {
        Reservation reservation = reservations.take(attempt);
        if (reservation != null) {
            reservation.load.drop(reservation);
            forget(reservation);
            RoutedWorker worker = workers.get(reservation.load.worker);
            if (worker != null) {
                moved(worker);
            }
        }
    }

    /** Nothing is expected of the reservation any more. */
    private void over(Reservation reservation) {
        reservations.forget(reservation);
        forget(reservation);
    }

    private void forget(Reservation reservation) {
        Prediction prediction = reservation.prediction;
        if (prediction != null) {
            predictions.remove(prediction);
        }
    }

    private void moved(RoutedWorker worker) {
        appraise(worker);
        worker.group.heap.moved(worker);
    }

    /** What an attempt of one full step would cost there is what the heap goes by. */
    private void appraise(RoutedWorker worker) {
        WorkerLoad load = worker.load;
        WorkerGroup group = worker.group;
        boolean roomy = load.hasRoom();
        group.roomy += (roomy ? 1 : 0) - (worker.roomy ? 1 : 0);
        worker.roomy = roomy;
        // Those that are full come last.
        worker.seconds = cost.seconds(worker.speed(), load.tokens() + cost.stepTokens(), load.sequences())
                + (roomy ? 0 : FULL_SECONDS);
        // Drawn again each time, so that gateways do not agree on an order among equals.
        worker.tieBreak = random.nextInt();
    }
}
