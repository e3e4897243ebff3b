package troupe.bench.routing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import troupe.cluster.simulation.SimulatedCluster;
import troupe.cluster.simulation.Workload;
import troupe.conf.Settings;
import troupe.engine.EngineSpeed;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.scheduler.SchedulerLimits;
import troupe.kernels.KvLayout;

/**
 * Options of what is routed, and to what. The defaults are the default model on two cores with AMX, as docs/benchmarks
 * has it.
 */
final class RoutingOptions {
    /** Of the default model. */
    static final int CONTEXT = 8_192;

    static final String CONVERSATIONS = "conversations";
    static final String AGENTS = "agents";
    static final String UNIQUE = "unique";

    private static final int VOCABULARY = 49_152;
    private static final int MOST_AGENTS = 8_000;
    private static final int MOST_UNIQUE = 4_000;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "A trace of conversations in Mooncake's format; without one, conversations are left out.")
    @Nullable
    Path trace;

    @Option(
            names = "--scale",
            defaultValue = "16",
            description = "The trace's lengths are divided by this (${DEFAULT-VALUE}).")
    int scale;

    @Option(
            names = "--requests",
            defaultValue = "12031",
            description = "Requests of each workload at most (${DEFAULT-VALUE}).")
    int requests;

    @Option(names = "--workloads", split = ",", description = "Some of conversations, agents, unique; all by default.")
    List<String> named = new ArrayList<>();

    @Option(names = "--workers", defaultValue = "4", description = "That are compared (${DEFAULT-VALUE}).")
    int workers;

    @Option(names = "--gateways", defaultValue = "1", description = "That route (${DEFAULT-VALUE}).")
    int gateways;

    @Option(
            names = "--cache-tokens",
            defaultValue = "64000",
            description = "KV cache of each worker, tokens (${DEFAULT-VALUE}).")
    int cacheTokens;

    @Option(
            names = "--speed",
            paramLabel = "STEP,PREFILL,DECODE",
            split = ",",
            arity = "1",
            defaultValue = "2.3,0.31,0.56",
            description = "Milliseconds of a step, of each prompt token, of each decoding sequence (${DEFAULT-VALUE}).")
    List<Double> speed = List.of();

    @Option(
            names = "--message-delay",
            paramLabel = "MILLISECONDS",
            defaultValue = "0.5",
            description = "Of a message between gateway and worker, when simulated (${DEFAULT-VALUE}).")
    double messageDelay;

    @Option(
            names = "--settings",
            paramLabel = "HOCON",
            defaultValue = "",
            description = "Settings that are not as by default, troupe.routing.window = 10ms for example.")
    String settings = "";

    @Option(names = "--seed", defaultValue = "1", description = "Of all that is random (${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--output", paramLabel = "FOLDER", defaultValue = "docs/benchmarks", description = "Of the report.")
    Path output = Path.of("");

    SimulatedCluster cluster() {
        return cluster("worker-");
    }

    /** @param workerName of each, its number added */
    SimulatedCluster cluster(String workerName) {
        Settings loaded = loadedSettings();
        return new SimulatedCluster(
                workerName,
                workers,
                gateways,
                executor(),
                new SchedulerLimits(
                        loaded.engine().maxStepTokens(), loaded.engine().maxSequences()),
                engineSpeed(),
                Math.round(messageDelay * 1e6),
                loaded.cluster().heartbeatInterval().toNanos());
    }

    Settings loadedSettings() {
        return Settings.load(null, settings);
    }

    /** All policies, ours last. */
    List<Policy> policies() {
        return Policies.all(loadedSettings(), seed);
    }

    Policy policy(String title) {
        return Policies.named(title, loadedSettings(), seed);
    }

    ExecutorInfo executor() {
        return new ExecutorInfo(
                "timed",
                "timed-v1",
                "none",
                VOCABULARY,
                CONTEXT,
                TokenIds.of(0),
                KvLayout.BLOCK_TOKENS,
                cacheTokens / KvLayout.BLOCK_TOKENS,
                1);
    }

    EngineSpeed engineSpeed() {
        if (speed.size() != 3) {
            throw new IllegalArgumentException("--speed has " + speed.size() + " numbers, 3 are needed");
        }
        return new EngineSpeed(speed.get(0) / 1e3, speed.get(1) / 1e3, speed.get(2) / 1e3);
    }

    /**
     * By their names the conversations, if there are any, then agents, then unique prompts; of each {@code requests} at
     * most.
     */
    SequencedMap<String, Workload> workloads(int requests) throws IOException {
        SequencedMap<String, Workload> workloads = new LinkedHashMap<>();
        if (trace != null && wants(CONVERSATIONS)) {
            workloads.put(CONVERSATIONS, ConversationTrace.read(trace, scale, CONTEXT, requests));
        }
        if (wants(AGENTS)) {
            int sessions = Math.ceilDiv(Math.min(requests, MOST_AGENTS), AgentSessions.TURNS);
            workloads.put(AGENTS, new AgentSessions(sessions, seed));
        }
        if (wants(UNIQUE)) {
            workloads.put(UNIQUE, new UniquePrompts(Math.min(requests, MOST_UNIQUE), seed));
        }
        if (workloads.isEmpty()) {
            throw new IOException("no workload is left: --workloads is " + named + ", the trace " + trace);
        }
        return workloads;
    }

    /** Whether the workload of this name was asked for. */
    boolean wants(String workload) {
        return named.isEmpty() || named.contains(workload);
    }

    /** What this is, for the report. */
    String described() {
        EngineSpeed each = engineSpeed();
        return String.format(
                Locale.ROOT,
                "A worker's step takes %.2f ms and %.3f ms for each prompt token and %.3f ms for each decoding sequence,"
                        + " at most %d tokens a step; its KV cache holds %,d tokens in blocks of %d",
                each.stepSeconds() * 1e3,
                each.prefillTokenSeconds() * 1e3,
                each.decodeTokenSeconds() * 1e3,
                cluster().limits().maxStepTokens(),
                executor().kvBlocks() * KvLayout.BLOCK_TOKENS,
                KvLayout.BLOCK_TOKENS);
    }

    /** The options that a worker's process needs, as arguments. */
    List<String> ofWorkers() {
        List<String> numbers = new ArrayList<>();
        speed.forEach(number -> numbers.add(number.toString()));
        return List.of("--cache-tokens", Integer.toString(cacheTokens), "--speed", String.join(",", numbers));
    }

    /** Options of the command line that are not as by default, as far as they matter for the figures. */
    String asTyped() {
        return (trace == null ? "" : " --trace " + trace.getFileName())
                + (named.isEmpty() ? "" : " --workloads " + String.join(",", named))
                + (settings.isEmpty() ? "" : " --settings '" + settings + "'");
    }
}
