package troupe.actors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import troupe.actors.WorkerSelector.Demand;
import troupe.actors.WorkerSelector.Selection;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineStats;
import troupe.engine.Tenant;

/**
 * Finds workers for attempts. Those of new requests wait here in turn while no worker has room, so that the workers' own
 * queues stay short and everyone's order is decided in one place; a tenant's only one goes at once, and so do those that go
 * on with a sequence, so that the loss of a worker costs them little. Bounded by the open requests, whose attempts these
 * are. No actors, no clock: times are passed in.
 *
 * @param <B> how a worker's batcher is reached
 * @param <R> how whoever asks is reached
 */
public final class AttemptRouter<B, R> {
    /** Beside those in its batch a worker gets this share of them more, so that its batch is full again at once. */
    private static final int LOOK_AHEAD = 8;

    /**
     * An attempt that wants a worker.
     *
     * @param maxTokens of its output
     * @param isolated a suspect's, which wants a worker for itself
     */
    public record Ask<R>(Demand demand, Tenant tenant, int priority, int maxTokens, boolean isolated, R replyTo) {
        public AttemptKey attempt() {
            return demand.attempt();
        }
    }

    /** What comes of it, which is never both and may take any time. */
    public interface Answers<B, R> {
        /**
         * A worker is found, and a place there reserved.
         *
         * @param priority what the attempt's has become by waiting
         * @param claim the worker is to take in nothing more, since others are there
         */
        void selected(Ask<R> ask, Selection selection, WorkerTable.Worker<B> worker, int priority, boolean claim);

        /** There are workers, and the attempt avoids all of them. */
        void noWorker(Ask<R> ask);
    }

    /** A sequence, the queue that it is in, and its attempts that wait there. */
    private record Asker<R>(ModelQueue<Ask<R>> queue, Set<AttemptKey> waiting) {}

    private final WorkerSelector selector;
    private final WorkerTable<B> workers;
    private final Duration ageing;
    private final Answers<B, R> answers;
    private final Map<String, ModelQueue<Ask<R>>> queues = new HashMap<>();
    /** The sequences that have asked. */
    private final Map<String, Asker<R>> askers = new HashMap<>();
    /** Attempts that go on with a sequence which no worker that is up can have. */
    private final Map<AttemptKey, Ask<R>> stranded = new LinkedHashMap<>();

    private final IsolationWard<Ask<R>> ward = new IsolationWard<>();

    /** @param ageing in which a waiting attempt gains a priority class */
    public AttemptRouter(WorkerSelector selector, WorkerTable<B> workers, Duration ageing, Answers<B, R> answers) {
        this.selector = selector;
        this.workers = workers;
        this.ageing = ageing;
        this.answers = answers;
    }

    /** Sequences that a worker with a batch of so many is given at most; 0 where that was not told. */
    static int places(int maxSequences) {
        return maxSequences < 1
                ? Integer.MAX_VALUE
                : (int) Math.min(Integer.MAX_VALUE, (long) maxSequences + Math.ceilDiv(maxSequences, LOOK_AHEAD));
    }

    /** Attempts that wait, for their turn or for a worker that can have them. */
    public int waiting() {
        int sum = stranded.size();
        for (ModelQueue<Ask<R>> queue : queues.values()) {
            sum += queue.size();
        }
        return sum;
    }

    /** An attempt wants a worker; {@link Answers} hears what comes of it, at once or later. */
    public void ask(Ask<R> ask, long nowNanos) {
        if (ask.isolated() || ask.demand().numericsId() != null) {
            goOn(ask);
            return;
        }
        AttemptKey attempt = ask.attempt();
        String model = ask.demand().model();
        ModelQueue<Ask<R>> queue = queues.computeIfAbsent(model, ignored -> new ModelQueue<>(ageing));
        askers.computeIfAbsent(attempt.sequence(), ignored -> new Asker<>(queue, new HashSet<>()))
                .waiting()
                .add(attempt);
        int tokens = ask.demand().tokens().size();
        queue.add(attempt, ask, ask.tenant(), ask.priority(), tokens, ask.maxTokens(), nowNanos);
        proceed(model, queue, nowNanos);
    }

    private void goOn(Ask<R> ask) {
        if (ask.isolated()) {
            isolate(ask);
            return;
        }
        Demand demand = ask.demand();
        Optional<Selection> selection = selector.select(demand);
        var worker = selection.flatMap(chosen -> workers.find(chosen.worker()));
        if (worker.isPresent()) {
            answers.selected(ask, selection.get(), worker.get(), ask.priority(), false);
        } else if (workers.serves(demand.model(), demand.numericsId())) {
            answers.noWorker(ask);
        } else {
            stranded.put(ask.attempt(), ask);
        }
    }

    /** A suspect waits for the idlest worker, whose load it adds nothing to before it has it for itself. */
    private void isolate(Ask<R> ask) {
        Demand demand = ask.demand();
        if (!ward.enter(demand.model(), ask.attempt(), ask)) {
            return;
        }
        List<WorkerTable.Worker<B>> serving = workers.serving(demand.model(), demand.numericsId());
        if (serving.isEmpty()) {
            stranded.put(ask.attempt(), ask);
            return;
        }
        WorkerTable.Worker<B> worker = serving.getFirst();
        Selection selection = new Selection(worker.id(), 0, 0, "isolated");
        answers.selected(ask, selection, worker, ask.priority(), serving.size() > 1);
    }

    /** The sequence needs no worker for itself any more, or has lost it. */
    public void rejoined(String sequence) {
        ward.leave(sequence).forEach(this::isolate);
    }

    /** The attempt is with its worker, was refused, or is given up. */
    public void settled(AttemptKey attempt, long nowNanos) {
        selector.release(attempt);
        stranded.remove(attempt);
        ward.forget(attempt);
        proceed(nowNanos);
    }

    /** A worker is up, with room for so many in its batch; 0 where that was not told. */
    public void up(WorkerTable.Worker<B> worker, int maxSequences, long nowNanos) {
        selector.up(worker.id(), worker.info(), places(maxSequences));
        List<Ask<R>> again = List.copyOf(stranded.values());
        stranded.clear();
        again.forEach(this::goOn);
        proceed(nowNanos);
    }

    /** A worker is gone, or takes nothing new. */
    public void down(WorkerId worker) {
        selector.down(worker);
    }

    /** A worker's sign of life. */
    public void load(WorkerId worker, EngineStats stats, long nowNanos) {
        selector.load(worker, stats);
        proceed(nowNanos);
    }

    /** What a worker's steps brought, which its latest report includes. */
    public void events(List<AttemptEvent> events, long nowNanos) {
        for (AttemptEvent numbered : events) {
            EngineEvent event = numbered.event();
            if (event instanceof EngineEvent.Started || event instanceof EngineEvent.Terminal) {
                selector.arrived(event.key());
            } else if (event instanceof EngineEvent.Tokens tokens) {
                String sequence = event.key().sequence();
                Asker<R> asker = askers.get(sequence);
                if (asker != null) {
                    asker.queue().output(sequence, tokens.tokens().size());
                }
            }
        }
        proceed(nowNanos);
    }

    /** The sequence has ended. */
    public void forget(String sequence, long nowNanos) {
        stranded.keySet().removeIf(attempt -> attempt.sequence().equals(sequence));
        rejoined(sequence);
        Asker<R> asker = askers.remove(sequence);
        if (asker != null) {
            asker.waiting().forEach(asker.queue()::remove);
            asker.queue().ended(sequence);
            asker.queue().settled(nowNanos);
        }
    }

    /** Attempts that wait for a model which {@code isGone}. */
    List<Ask<R>> waitingFor(Predicate<String> isGone) {
        List<Ask<R>> hopeless = new ArrayList<>();
        for (Ask<R> ask : stranded.values()) {
            if (isGone.test(ask.demand().model())) {
                hopeless.add(ask);
            }
        }
        queues.forEach((model, queue) -> {
            if (isGone.test(model)) {
                queue.asks().forEach(hopeless::add);
            }
        });
        queues.entrySet().removeIf(entry -> entry.getValue().isIdle() && isGone.test(entry.getKey()));
        return hopeless;
    }

    /** Seconds until what waits of the tenant will be with workers; 0 where nothing waits, or nothing is known. */
    double secondsToServe(String model, Tenant tenant, long nowNanos) {
        ModelQueue<Ask<R>> queue = queues.get(model);
        return queue == null ? 0 : queue.secondsToServe(tenant, nowNanos);
    }

    private void proceed(long nowNanos) {
        queues.forEach((model, queue) -> proceed(model, queue, nowNanos));
    }

    /**
     * Gives workers to those whose turn it is, as long as one has room. A tenant of which nothing is with a worker waits for
     * no room: the places are somebody else's, and may be for long.
     */
    private void proceed(String model, ModelQueue<Ask<R>> queue, long nowNanos) {
        while (!queue.isEmpty()) {
            ModelQueue.Turn<Ask<R>> turn = queue.next(nowNanos).orElseThrow();
            boolean room = selector.hasRoom(model);
            if (!room && !turn.first()) {
                break;
            }
            Ask<R> ask = turn.ask();
            Optional<Selection> selection = selector.select(ask.demand(), !room);
            var worker = selection.flatMap(chosen -> workers.find(chosen.worker()));
            if (worker.isEmpty()) {
                break;
            }
            AttemptKey attempt = ask.attempt();
            queue.take(attempt, selection.get().cachedTokens(), nowNanos);
            Asker<R> asker = askers.get(attempt.sequence());
            if (asker != null) {
                asker.waiting().remove(attempt);
            }
            answers.selected(ask, selection.get(), worker.get(), turn.priority(), false);
        }
        queue.settled(nowNanos);
    }
}
