package troupe.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import troupe.actors.EngineFactory;
import troupe.actors.ModelId;
import troupe.actors.ServedModel;
import troupe.cluster.ModelLibrary;
import troupe.cluster.NodeModel;
import troupe.conf.EngineSettings;
import troupe.engine.TokenIds;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.model.Model;
import troupe.engine.model.TokenizerFingerprint;
import troupe.engine.store.ModelReference;

/** The models of this machine's store, each open once however many parts of the node use it. */
final class LocalModels implements ModelLibrary {
    private static final class Open {
        final Path path;
        final Model model;
        final ServedModel served;
        final AtomicReference<@Nullable Prepared> prepared = new AtomicReference<>();
        int users;

        Open(Path path, Model model, ServedModel served) {
            this.path = path;
            this.model = model;
            this.served = served;
        }
    }

    /** An executor that waits for the first engine with a KV cache of its size. */
    private record Prepared(CpuExecutor executor, long kvMemoryBytes) {}

    private final Models models;
    private final EngineSettings settings;
    private final UnaryOperator<ModelExecutor> wrapping;
    private final Map<Path, Open> open = new HashMap<>();

    /** @param wrapping every executor is passed through it */
    LocalModels(Models models, EngineSettings settings, UnaryOperator<ModelExecutor> wrapping) {
        this.models = models;
        this.settings = settings;
        this.wrapping = wrapping;
    }

    @Override
    public NodeModel open(String source) throws IOException, InterruptedException {
        return open(models.fetch(source));
    }

    synchronized NodeModel open(ModelReference reference) throws IOException {
        Path path = reference.path().toRealPath();
        Open known = open.get(path);
        if (known == null) {
            Model model = models.load(reference);
            try {
                known = new Open(path, model, served(model));
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
            open.put(path, known);
        }
        known.users++;
        return new Use(known);
    }

    private static ServedModel served(Model model) {
        return new ServedModel(
                new ModelId(model.name(), model.sha256(), TokenizerFingerprint.of(model.tokenizer())),
                model.config().contextLength(),
                model.config().vocabularySize(),
                TokenIds.of(model.tokenizer().specialTokens().endOfGeneration()),
                new ModelPromptCodec(model, Clock.systemUTC()));
    }

    Path cacheFolder() {
        return models.cacheFolder();
    }

    /** Opens the executor of an engine that will be asked for soon. */
    CpuExecutor prepare(NodeModel model, long kvMemoryBytes) {
        Open of = ((Use) model).of;
        CpuExecutor executor = executor(of, kvMemoryBytes);
        of.prepared.set(new Prepared(executor, kvMemoryBytes));
        return executor;
    }

    /** The model behind what {@link #open} gave. */
    static Model model(NodeModel opened) {
        return ((Use) opened).of.model;
    }

    private CpuExecutor executor(Open of, long kvMemoryBytes) {
        EngineSettings sized = new EngineSettings(
                settings.threads(),
                settings.kernels(),
                kvMemoryBytes,
                settings.kvType(),
                settings.maxStepTokens(),
                settings.maxSequences(),
                settings.maxWaiting());
        return CpuExecutor.open(of.model, sized, models.cacheFolder());
    }

    private synchronized void close(Open of) {
        of.users--;
        if (of.users == 0) {
            open.remove(of.path);
            Optional.ofNullable(of.prepared.getAndSet(null))
                    .ifPresent(unused -> unused.executor().close());
            of.model.close();
        }
    }

    /** One user's hold on an open model. */
    private final class Use implements NodeModel {
        private final Open of;
        private boolean closed;

        Use(Open of) {
            this.of = of;
        }

        @Override
        public ServedModel served() {
            return of.served;
        }

        @Override
        public long weightBytes() {
            return CpuExecutor.weightBytes(of.model);
        }

        @Override
        public EngineFactory engines(String worker, long kvMemoryBytes) {
            return EngineFactory.of(
                    "engine-" + of.served.name(),
                    settings,
                    () -> {
                        Prepared prepared = of.prepared.get();
                        if (prepared != null
                                && prepared.kvMemoryBytes() == kvMemoryBytes
                                && of.prepared.compareAndSet(prepared, null)) {
                            return wrapping.apply(prepared.executor());
                        }
                        return wrapping.apply(executor(of, kvMemoryBytes));
                    },
                    System::nanoTime);
        }

        @Override
        public void close() {
            synchronized (LocalModels.this) {
                if (!closed) {
                    closed = true;
                    LocalModels.this.close(of);
                }
            }
        }
    }
}
