package troupe.actors;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The models that a gateway takes requests for; they come and go. Safe for use by several threads at once. */
public interface ServedModels {
    /** The model of this name once this node has it, which may take a while; empty where it is not deployed. */
    Optional<CompletionStage<ServedModel>> find(String name);

    /** The model of this name if this node has it now. */
    Optional<ServedModel> now(String name);

    /** Those that this node has now, sorted by name. */
    List<ServedModel> all();

    /** The name of the model for requests that name none. */
    String fallback();

    /** One model, always there. */
    static ServedModels of(ServedModel only) {
        return new ServedModels() {
            @Override
            public Optional<CompletionStage<ServedModel>> find(String name) {
                return now(name).map(CompletableFuture::completedFuture);
            }

            @Override
            public Optional<ServedModel> now(String name) {
                return name.equals(only.name()) ? Optional.of(only) : Optional.empty();
            }

            @Override
            public List<ServedModel> all() {
                return List.of(only);
            }

            @Override
            public String fallback() {
                return only.name();
            }
        };
    }
}
