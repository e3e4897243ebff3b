package troupe.bench.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the peers' programs are: named by the user, built into a folder of the cache, or on the PATH. */
public final class PeerPrograms {
    private final Path work;
    private final @Nullable Path namedLlamaCpp;
    private final @Nullable Path namedIkLlamaCpp;

    /** @param work folder for what is built, exists */
    public PeerPrograms(Path work, @Nullable Path namedLlamaCpp, @Nullable Path namedIkLlamaCpp) {
        this.work = work;
        this.namedLlamaCpp = namedLlamaCpp;
        this.namedIkLlamaCpp = namedIkLlamaCpp;
    }

    public Optional<Path> llamaCpp() {
        return LlamaCpp.find(candidates(namedLlamaCpp, PeerBuild.programs(builtLlamaCpp())));
    }

    public Optional<Path> ikLlamaCpp() {
        return IkLlamaCpp.find(candidates(namedIkLlamaCpp, PeerBuild.programs(builtIkLlamaCpp())));
    }

    private static List<Path> candidates(@Nullable Path named, Path built) {
        return Stream.concat(Stream.ofNullable(named), Stream.of(built)).toList();
    }

    /**
     * Builds what is not found.
     *
     * @param withIk whether ik_llama.cpp is wanted too; that it cannot be built is only said
     * @throws IOException if llama.cpp cannot be built
     */
    public void build(boolean withIk) throws IOException, InterruptedException {
        int jobs = Runtime.getRuntime().availableProcessors();
        if (llamaCpp().isEmpty()) {
            PeerBuild.LLAMA_CPP.build(builtLlamaCpp(), jobs, work.resolve("build-llama-cpp.log"));
        }
        if (withIk && ikLlamaCpp().isEmpty()) {
            try {
                PeerBuild.IK_LLAMA_CPP.build(builtIkLlamaCpp(), jobs, work.resolve("build-ik-llama-cpp.log"));
            } catch (IOException e) {
                System.err.println("ik_llama.cpp is left out: " + e.getMessage());
            }
        }
    }

    private Path builtLlamaCpp() {
        return work.resolve("llama-cpp");
    }

    private Path builtIkLlamaCpp() {
        return work.resolve("ik-llama-cpp");
    }
}
