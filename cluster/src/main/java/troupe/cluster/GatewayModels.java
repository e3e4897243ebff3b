package troupe.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.ModelId;
import troupe.actors.ServedModel;
import troupe.actors.ServedModels;

/** The deployed models' tokenizers and templates, opened on this gateway as deployments come. */
final class GatewayModels implements ServedModels {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayModels.class);

    private record Entry(ModelId id, CompletableFuture<ServedModel> model) {}

    private final ModelLibrary library;
    private final Executor blocking;
    private final String fallback;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    /**
     * @param blocking runs what may take long: opening a model
     * @param fallback for requests that name no model, as long as it is deployed
     */
    GatewayModels(ModelLibrary library, Executor blocking, String fallback) {
        this.library = library;
        this.blocking = blocking;
        this.fallback = fallback;
    }

    /** Takes requests for a model that is open. */
    void add(ServedModel model) {
        entries.put(model.name(), new Entry(model.id(), CompletableFuture.completedFuture(model)));
    }

    /** Takes requests for these models, and no others. */
    void keep(Collection<ReplicaSpec> deployed) {
        List<String> names = new ArrayList<>();
        for (ReplicaSpec spec : deployed) {
            names.add(spec.model().name());
            entries.compute(
                    spec.model().name(),
                    (name, known) -> known != null
                                    && known.id().equals(spec.model())
                                    && !known.model().isCompletedExceptionally()
                            ? known
                            : new Entry(spec.model(), open(spec)));
        }
        entries.keySet().retainAll(names);
    }

    /** What is opened stays open as long as this node lives: requests under way use its tokenizer. */
    private CompletableFuture<ServedModel> open(ReplicaSpec spec) {
        CompletableFuture<ServedModel> opening = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        ServedModel model = library.open(spec.source()).served();
                        if (!model.id().equals(spec.model())) {
                            throw new IllegalStateException(differs(spec.model(), model.id()));
                        }
                        return model;
                    } catch (Exception e) {
                        throw new IllegalStateException(
                                "this gateway cannot serve " + spec.model().name() + ": " + e.getMessage(), e);
                    }
                },
                blocking);
        return opening.whenComplete((model, failure) -> {
            if (failure != null) {
                LOG.error("{}", failure.getMessage());
            }
        });
    }

    /** One line that names both values. */
    static String differs(ModelId deployed, ModelId here) {
        return deployed.sha256().equals(here.sha256())
                ? "the deployed model's tokenizer has the fingerprint " + deployed.tokenizer() + ", the one here "
                        + here.tokenizer()
                : "the deployed model's file has the SHA-256 " + deployed.sha256() + ", the one here " + here.sha256();
    }

    @Override
    public Optional<CompletionStage<ServedModel>> find(String name) {
        return Optional.ofNullable(entries.get(name)).map(Entry::model);
    }

    @Override
    public Optional<ServedModel> now(String name) {
        Entry entry = entries.get(name);
        return entry == null || !entry.model().isDone() || entry.model().isCompletedExceptionally()
                ? Optional.empty()
                : Optional.of(entry.model().join());
    }

    @Override
    public List<ServedModel> all() {
        List<ServedModel> all = new ArrayList<>();
        entries.keySet().forEach(name -> now(name).ifPresent(all::add));
        all.sort(Comparator.comparing(ServedModel::name));
        return all;
    }

    @Override
    public String fallback() {
        return entries.containsKey(fallback)
                ? fallback
                : entries.keySet().stream().sorted().findFirst().orElse(fallback);
    }
}
