package troupe.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Locale;
import troupe.conf.EngineSettings;
import troupe.conf.SettingsException;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.executor.StepHandle;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepProfile;
import troupe.engine.executor.StepProfile.Phase;
import troupe.engine.executor.StepResult;
import troupe.engine.model.Model;
import troupe.engine.model.ModelConfig;
import troupe.kernels.KernelChoice;
import troupe.kernels.KernelProvider;
import troupe.kernels.Kernels;
import troupe.kernels.KvLayout;
import troupe.kernels.KvType;
import troupe.kernels.NativeMemory;
import troupe.kernels.WorkerPool;

/** Computes steps of a Llama on this machine's cores. */
public final class CpuExecutor implements ModelExecutor {
    private final Arena arena;
    private final WorkerPool pool;
    private final KernelChoice kernels;
    private final PackedWeights weights;
    private final MemoryPlan memory;
    private final ExecutorInfo info;
    private final StepBatch batch;
    private final LlamaForward forward;
    private final LogitsStage logits;
    private final StepProfile profile;
    private final PageToucher pages;
    private final CoreWatch cores;

    /**
     * Loads a model's weights, from the packed file where there is one, and reserves all memory.
     *
     * @param model stays open as long as this executor is
     * @param cacheFolder of the user, for packed weights
     * @throws SettingsException if the kernels do not run here or the KV cache cannot be had
     */
    public static CpuExecutor open(Model model, EngineSettings settings, Path cacheFolder) {
        return open(model, settings, cacheFolder, StepProfile.off());
    }

    /** As {@link #open(Model, EngineSettings, Path)}; adds the phases of every step to {@code profile}. */
    public static CpuExecutor open(Model model, EngineSettings settings, Path cacheFolder, StepProfile profile) {
        return open(model, settings, cacheFolder, profile, false);
    }

    /** As {@link #open(Model, EngineSettings, Path)}; {@code dequantized} computes in float32 throughout, to be compared with references. */
    static CpuExecutor open(Model model, EngineSettings settings, Path cacheFolder, boolean dequantized) {
        return open(model, settings, cacheFolder, StepProfile.off(), dequantized);
    }

    @SuppressWarnings("MustBeClosedChecker") // the executor owns the arena and closes it
    private static CpuExecutor open(
            Model model, EngineSettings settings, Path cacheFolder, StepProfile profile, boolean dequantized) {
        int threads = settings.threads() == 0 ? Runtime.getRuntime().availableProcessors() : settings.threads();
        CoreWatch cores = new CoreWatch(threads, ProcessorTime::now);
        WorkerPool pool = new WorkerPool(threads, cores::workerBegins);
        Arena arena = Arena.ofShared();
        try {
            return new CpuExecutor(model, settings, cacheFolder, profile, dequantized, pool, cores, arena);
        } catch (RuntimeException e) {
            pool.close();
            arena.close();
            throw e;
        }
    }

    private CpuExecutor(
            Model model,
            EngineSettings settings,
            Path cacheFolder,
            StepProfile profile,
            boolean dequantized,
            WorkerPool pool,
            CoreWatch cores,
            Arena arena) {
        this.profile = profile;
        this.pool = pool;
        this.arena = arena;
        this.kernels = chooseKernels(settings.kernels(), cacheFolder);
        ModelConfig config = model.config();
        TokenIds endOfSequence = TokenIds.of(model.tokenizer().specialTokens().endOfGeneration());
        KvType kvType = KvType.valueOf(settings.kvType().toUpperCase(Locale.ROOT));
        KvLayout layout = new KvLayout(config.blockCount(), config.headCountKv(), config.headDimension(), kvType);
        this.weights = load(model, cacheFolder, dequantized);
        PackedModel packed = PackedModel.over(config, model.tensors(), dequantized, weights.data());
        this.memory = MemoryPlan.of(
                weights.data().byteSize(),
                weights.shared(),
                layout.blockBytes(),
                KvLayout.BLOCK_TOKENS,
                settings.kvMemoryBytes(),
                AvailableMemory.bytes());
        this.info = new ExecutorInfo(
                model.name(),
                "cpu-" + Kernels.ARITHMETIC_VERSION + "-" + settings.kvType() + "-" + (dequantized ? "f32-" : "")
                        + model.sha256(),
                kernels.name(),
                config.vocabularySize(),
                config.contextLength(),
                endOfSequence,
                KvLayout.BLOCK_TOKENS,
                memory.kvBlocks(),
                layout.blockBytes());
        MemorySegment cache = NativeMemory.allocate(arena, memory.kvBytes());
        int maxSequenceBlocks = Math.ceilDiv(config.contextLength(), KvLayout.BLOCK_TOKENS);
        this.batch = new StepBatch(arena, settings.maxStepTokens(), settings.maxSequences(), maxSequenceBlocks);
        this.forward = new LlamaForward(
                packed, kernels.kernels(), pool, layout, cache, arena, settings.maxStepTokens(), profile);
        this.logits = new LogitsStage(
                forward, pool, arena, settings.maxStepTokens(), config.vocabularySize(), endOfSequence, profile);
        this.pages = new PageToucher(cache, System::nanoTime);
        pages.start();
        this.cores = cores;
        if (pool.threads() > 1) { // the only one never pauses
            cores.start();
        }
    }

    /** Memory that a model's weights take, bytes. */
    public static long weightBytes(Model model) {
        return PackedModel.bytes(model.config(), model.tensors(), false);
    }

    private static KernelChoice chooseKernels(String preference, Path cacheFolder) {
        try {
            return KernelProvider.choose(preference, cacheFolder.resolve("kernels"));
        } catch (IllegalStateException e) {
            throw new SettingsException("troupe.engine.kernels: " + e.getMessage(), e);
        }
    }

    private PackedWeights load(Model model, Path cacheFolder, boolean dequantized) {
        ModelConfig config = model.config();
        long bytes = PackedModel.bytes(config, model.tensors(), dequantized);
        if (dequantized) {
            MemorySegment data = NativeMemory.allocate(arena, bytes);
            PackedModel.over(config, model.tensors(), true, data).fill(kernels.kernels(), pool);
            return new PackedWeights(data, false);
        }
        return new PackedModelFolder(cacheFolder.resolve("packed"))
                .open(
                        new PackedFormat(bytes, model.sha256()),
                        arena,
                        pool,
                        target -> PackedModel.over(config, model.tensors(), false, target)
                                .fill(kernels.kernels(), pool));
    }

    @Override
    public ExecutorInfo info() {
        return info;
    }

    public MemoryPlan memory() {
        return memory;
    }

    /** Bytes of the weights that lie in huge pages now; takes milliseconds. */
    public long weightHugePageBytes() {
        return weights.hugePageBytes();
    }

    /** Which kernels run, and how to get faster ones. */
    public KernelChoice kernels() {
        return kernels;
    }

    /**
     * Waits until the system has given all pages of the KV cache, which it does while nothing is computed; a step that
     * fills fresh pages waits for each of them.
     */
    public void awaitPages() throws InterruptedException {
        pages.awaitDone();
    }

    public int threads() {
        return pool.threads();
    }

    /** Computes on the calling thread and the pool; the handle is complete when this returns. */
    @Override
    public StepHandle submit(StepPlan plan) {
        pages.stepBegins();
        pool.setSteadyThreads(cores.stepBegins());
        try {
            batch.load(plan);
            profile.lap(Phase.SCHEDULING);
            forward.run(batch);
            StepResult result = new StepResult(plan.stepId(), logits.draw(plan, batch));
            return () -> result;
        } finally {
            cores.stepEnds();
            pages.stepEnds();
        }
    }

    @Override
    public void close() {
        cores.close();
        pages.close();
        pool.close();
        arena.close();
    }
}
