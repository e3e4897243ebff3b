package troupe.cluster.simulation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.WorkerSelector.Selection;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.KvChanges;
import troupe.engine.sampling.SamplingParams;

/** A gateway with a real selector: sends requests to workers, hears of tokens, loads and caches as a real one does. */
final class SimulatedGateway {
    /** A request on its way; {@code ended} runs once its last token is here. */
    private static final class Open {
        final ClientSide.Stream stream;
        final Turn turn;
        final Runnable ended;
        int cachedTokens;

        Open(ClientSide.Stream stream, Turn turn, Runnable ended) {
            this.stream = stream;
            this.turn = turn;
            this.ended = ended;
        }
    }

    private final ExecutorInfo model;
    private final WorkerSelector selector;
    private final EventQueue events;
    private final ClientSide clients;
    private final long messageNanos;
    private final Map<WorkerId, Consumer<EngineRequest>> workers = new HashMap<>();
    private final Map<String, Open> open = new HashMap<>();

    SimulatedGateway(SimulatedCluster cluster, WorkerSelector selector, EventQueue events, ClientSide clients) {
        model = cluster.executor();
        this.selector = selector;
        this.events = events;
        this.clients = clients;
        messageNanos = cluster.messageNanos();
    }

    /** A worker is up from now on. */
    void up(WorkerId worker, Consumer<EngineRequest> submit) {
        workers.put(worker, submit);
        selector.up(worker, model);
    }

    /**
     * A client asks.
     *
     * @param name of the request, unique in the cluster
     */
    void request(String name, Turn turn, Runnable ended) {
        TokenIds prompt = turn.prompt().tokens(model.vocabularySize());
        AttemptKey attempt = new AttemptKey(name, 1, 1, 0);
        Selection selection = selector.select(
                        new WorkerSelector.Demand(attempt, model.model(), prompt, "", null, Set.of()))
                .orElseThrow(() -> new IllegalStateException("the selector found no worker for " + attempt));
        Consumer<EngineRequest> worker = workers.get(selection.worker());
        if (worker == null) {
            throw new IllegalStateException("the selector chose " + selection.worker() + ", which is not up");
        }
        open.put(name, new Open(clients.open(events.now()), turn, ended));
        EngineRequest request = new EngineRequest(
                attempt,
                prompt,
                TokenIds.EMPTY,
                greedy(turn.outputTokens()),
                turn.answer(),
                0,
                Long.MAX_VALUE,
                "",
                Tenant.NONE);
        events.after(messageNanos, () -> worker.accept(request));
        events.after(2 * messageNanos, () -> selector.release(attempt));
    }

    private static SamplingParams greedy(int tokens) {
        return new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, tokens, 0, true, TokenIds.EMPTY, -1, -1);
    }

    /** What a worker's step brought; the load comes with it where some of it is this gateway's. */
    void onStep(WorkerId worker, List<EngineEvent> happened, EngineStats stats, KvChanges cache) {
        boolean mine = false;
        for (EngineEvent event : happened) {
            Open request = open.get(event.key().sequence());
            if (request != null) {
                if (!mine) {
                    selector.load(worker, stats);
                    mine = true;
                }
                onEvent(request, event);
            }
        }
        if (!cache.isEmpty()) {
            selector.cached(worker, cache);
        }
    }

    void onLoad(WorkerId worker, EngineStats stats) {
        selector.load(worker, stats);
    }

    private void onEvent(Open request, EngineEvent event) {
        switch (event) {
            case EngineEvent.Started started -> request.cachedTokens = started.cachedTokens();
            case EngineEvent.Tokens tokens ->
                request.stream.tokens(tokens.tokens().size(), events.now());
            case EngineEvent.Finished finished -> {
                open.remove(event.key().sequence());
                request.stream.end(request.turn.prompt().size(), request.cachedTokens, request.turn.outputTokens());
                request.ended.run();
            }
            case EngineEvent.PromptScored scored -> throw new IllegalStateException("nobody asked for " + scored);
            case EngineEvent.Failed failed -> throw new IllegalStateException("a request failed: " + failed);
            case EngineEvent.Cancelled cancelled ->
                throw new IllegalStateException("a request was ended: " + cancelled);
        }
    }
}
