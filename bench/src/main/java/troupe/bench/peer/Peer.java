package troupe.bench.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Another engine with certain settings, whose own programs are run once for each reading. */
public interface Peer {
    /** The engine and its settings, unique in a comparison. */
    String name();

    /** Whether targets are ratios to it; what others do is shown beside. */
    boolean isReference();

    /** Processing a prompt: tokens per second. */
    double prefill(Path model, int tokens) throws IOException, InterruptedException;

    /**
     * One stream's decoding, tokens per second.
     *
     * @param depth tokens of context at the start
     */
    double decode(Path model, int depth, int tokens) throws IOException, InterruptedException;

    /** Several streams' decoding after prompts of their own, tokens per second over all of them. */
    double parallelDecode(Path model, int streams, int promptTokens, int tokens)
            throws IOException, InterruptedException;

    /**
     * The command of a server of its own at a port of this machine: continuous batching, no cache of prompts.
     *
     * @param slots requests at once
     * @param slotTokens context of each
     */
    List<String> serverCommand(Path model, int port, int slots, int slotTokens);
}
