package troupe.multinode;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import troupe.actors.EngineFactory;
import troupe.actors.ModelId;
import troupe.actors.Prompt;
import troupe.actors.PromptCodec;
import troupe.actors.Protocol;
import troupe.actors.ServedModel;
import troupe.actors.admin.ClusterAdmin;
import troupe.actors.admin.ClusterEvent;
import troupe.actors.admin.ClusterView;
import troupe.cluster.ClusterNode;
import troupe.cluster.NodeModel;
import troupe.conf.Settings;
import troupe.engine.TokenIds;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.model.TokenizerFingerprint;
import troupe.engine.output.TextDecoder;

/** A gateway in the test's own process: nobody sends it requests, the test administers the cluster through it. */
final class AdminNode implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    private final ClusterNode node;

    AdminNode(TestCluster cluster, Path stateFolder) throws Exception {
        Settings settings =
                Settings.load(null, "troupe.cluster { role = gateway, join = [\"" + cluster.first() + "\"] }");
        Random random = new Random();
        node = ClusterNode.join(settings, Protocol.CURRENT)
                .serve(new ClusterNode.Parts(
                        source -> new FileModel(new ModelLoader(cluster.folder()).load(Path.of(source))),
                        "none",
                        Optional.empty(),
                        Optional.of(stateFolder),
                        List.of(),
                        (worker, report) -> {},
                        random::nextLong,
                        System::nanoTime,
                        Clock.systemUTC()));
        try {
            node.ready().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            node.close();
            throw e;
        }
    }

    ClusterAdmin admin() {
        return node.admin().orElseThrow();
    }

    /** Waits until operators would see this. */
    ClusterView await(String what, Predicate<ClusterView> seen) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            ClusterView view = admin().view();
            if (seen.test(view)) {
                return view;
            }
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(
                        "not within " + LIMIT_SECONDS + " s: " + what + "\n" + view + "\n" + admin().eventsAfter(0));
            }
            Thread.sleep(20);
        }
    }

    /** Waits until {@code ready} replicas of a model take requests. */
    ClusterView awaitReady(String model, int ready) throws InterruptedException {
        return await(
                ready + " replicas of " + model,
                view -> view.deployments().stream()
                        .anyMatch(each -> each.model().equals(model) && each.ready() == ready));
    }

    boolean hasEvent(String kind, String subject) {
        for (ClusterEvent event : admin().eventsAfter(0)) {
            if (event.kind().equals(kind) && event.subject().contains(subject)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        node.close();
    }

    /** Enough of a model to deploy it. */
    private record FileModel(Model model) implements NodeModel {
        @Override
        public ServedModel served() {
            return new ServedModel(
                    new ModelId(model.name(), model.sha256(), TokenizerFingerprint.of(model.tokenizer())),
                    model.config().contextLength(),
                    model.config().vocabularySize(),
                    TokenIds.EMPTY,
                    new NoCodec());
        }

        @Override
        public long weightBytes() {
            return CpuExecutor.weightBytes(model);
        }

        @Override
        public EngineFactory engines(String worker, long kvMemoryBytes) {
            throw new UnsupportedOperationException("a gateway has no engines");
        }

        @Override
        public void close() {
            model.close();
        }
    }

    private static final class NoCodec implements PromptCodec {
        @Override
        public TokenIds encode(Prompt prompt) {
            throw new UnsupportedOperationException("nobody sends requests here");
        }

        @Override
        public TextDecoder decoder(boolean skipSpecialTokens) {
            throw new UnsupportedOperationException("nobody sends requests here");
        }

        @Override
        public byte[] tokenBytes(int token) {
            throw new UnsupportedOperationException("nobody sends requests here");
        }
    }
}
