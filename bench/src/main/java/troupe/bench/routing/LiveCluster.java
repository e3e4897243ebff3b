package troupe.bench.routing;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import troupe.actors.Gateway;
import troupe.actors.GenerationRequest;
import troupe.actors.ListenerMessage;
import troupe.actors.Prompt;
import troupe.actors.RequestTag;
import troupe.actors.SequenceEvent;
import troupe.cluster.ClusterNode;
import troupe.cluster.simulation.ClientSide;
import troupe.cluster.simulation.RoutingFigures;
import troupe.cluster.simulation.Turn;
import troupe.cluster.simulation.Window;
import troupe.cluster.simulation.Workload;
import troupe.conf.Settings;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/** Gateways in this process and workers in processes of their own, one cluster over loopback. */
final class LiveCluster implements AutoCloseable {
    private static final long START_SECONDS = 60;
    private static final Duration ASK = Duration.ofSeconds(5);
    /** Whoever waits for a core while others measure is not dead, and no request is refused. */
    private static final String COMMON = """
            troupe {
              engine.max-waiting = 100000
              http.max-open-requests = 100000
              cluster.heartbeat-limit = 10 s
            }
            """;

    private final RoutingOptions options;
    private final List<ClusterNode> gateways = new ArrayList<>();
    private final List<WorkerProcess> workers = new ArrayList<>();
    private long requests;

    /** Starts all nodes; returns once every gateway knows every worker. */
    static LiveCluster start(RoutingOptions options, String policy) throws IOException, InterruptedException {
        LiveCluster cluster = new LiveCluster(options);
        try {
            cluster.start(policy);
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private LiveCluster(RoutingOptions options) {
        this.options = options;
    }

    private void start(String policy) throws IOException, InterruptedException {
        String gateway = COMMON + options.settings + "\ntroupe { cluster.role = gateway, routing.policy = \"" + policy
                + "\" }\n";
        gateways.add(TimedNode.start(Settings.load(null, gateway), options));
        String join = "troupe.cluster.join = [\"" + gateways.getFirst().address() + "\"]\n";
        for (int i = 1; i < options.gateways; i++) {
            gateways.add(TimedNode.start(Settings.load(null, gateway + join), options));
        }
        for (int i = 0; i < options.workers; i++) {
            workers.add(WorkerProcess.start(
                    options, COMMON + options.settings + "\ntroupe.cluster.role = worker\n" + join));
        }
        for (WorkerProcess worker : workers) {
            worker.awaitStart();
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        for (ClusterNode node : gateways) {
            while (known(node) < options.workers) {
                if (System.nanoTime() - end > 0) {
                    throw new IOException("a gateway knows " + known(node) + " of " + options.workers
                            + " workers after " + START_SECONDS + " s");
                }
                Thread.sleep(50);
            }
        }
    }

    private static int known(ClusterNode node) {
        return AskPattern.ask(
                        gateway(node),
                        Gateway.GetStatus::new,
                        ASK,
                        node.system().scheduler())
                .toCompletableFuture()
                .join()
                .workers();
    }

    private static ActorRef<Gateway.Command> gateway(ClusterNode node) {
        return node.gateway().orElseThrow();
    }

    /**
     * Plays a workload in real time, to the end of its last answer.
     *
     * @param speedup sessions begin this many times faster than the workload says
     * @param window of the requests that count
     * @throws IOException if a request failed
     */
    RoutingFigures play(Workload workload, double speedup, Window window) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        ClientSide clients = new ClientSide(window, begin);
        List<Future<?>> sessions = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < workload.size() && clients.isOpen(System.nanoTime()); i++) {
                long start = begin + Math.round(workload.startSeconds(i) / speedup * 1e9);
                TimeUnit.NANOSECONDS.sleep(start - System.nanoTime());
                ClusterNode node = gateways.get(i % gateways.size());
                List<Turn> turns = workload.turns(i);
                sessions.add(threads.submit(() -> session(node, turns, clients)));
            }
        }
        for (Future<?> session : sessions) {
            try {
                session.get();
            } catch (ExecutionException e) {
                throw new IOException("a session failed", e.getCause());
            }
        }
        synchronized (clients) {
            return clients.figures();
        }
    }

    private void session(ClusterNode node, List<Turn> turns, ClientSide clients) {
        try {
            for (Turn turn : turns) {
                TimeUnit.NANOSECONDS.sleep(Math.round(turn.pauseSeconds() * 1e9));
                if (!clients.isOpen(System.nanoTime())) {
                    return;
                }
                request(node, turn, clients).join();
            }
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private CompletableFuture<Void> request(ClusterNode node, Turn turn, ClientSide clients) {
        TokenIds prompt = turn.prompt().tokens(options.executor().vocabularySize());
        CompletableFuture<Void> ended = new CompletableFuture<>();
        ClientSide.Stream stream;
        long number;
        synchronized (clients) {
            stream = clients.open(System.nanoTime());
            number = requests++;
        }
        ActorSystem<?> system = node.system();
        ActorRef<ListenerMessage> listener = system.systemActorOf(
                StreamListener.create(
                        new StreamListener.Client() {
                            @Override
                            public void tokens(int count) {
                                synchronized (clients) {
                                    stream.tokens(count, System.nanoTime());
                                }
                            }

                            @Override
                            public void completed(SequenceEvent.Usage usage) {
                                synchronized (clients) {
                                    stream.end(usage.prompt(), usage.cached(), turn.outputTokens());
                                }
                            }
                        },
                        ended),
                "client-" + number,
                Props.empty());
        gateway(node).tell(new Gateway.Open(generation("request-" + number, prompt, turn), listener));
        return ended;
    }

    private GenerationRequest generation(String id, TokenIds prompt, Turn turn) {
        SamplingParams sampling =
                new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, turn.outputTokens(), 0, true, TokenIds.EMPTY, -1, -1);
        return new GenerationRequest(
                new RequestTag(id, null),
                options.executor().model(),
                new Prompt.Tokens(prompt),
                1,
                turn.outputTokens(),
                sampling,
                turn.answer(),
                List.of(),
                false,
                true,
                0,
                "",
                Duration.ofMinutes(30),
                Tenant.NONE);
    }

    @Override
    public void close() {
        workers.forEach(WorkerProcess::close);
        gateways.reversed().forEach(ClusterNode::close);
    }
}
