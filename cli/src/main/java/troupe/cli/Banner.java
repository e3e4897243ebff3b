package troupe.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import troupe.conf.NodeAddress;
import troupe.conf.NodeRole;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.cpu.MemoryPlan;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.model.Model;

/** What a started server tells its user: what it serves, with which memory and kernels, where, and how fast it came up. */
final class Banner {
    private final PrintStream out;

    Banner(PrintStream out) {
        this.out = out;
    }

    void describe(Model model, CpuExecutor executor) {
        ExecutorInfo info = executor.info();
        MemoryPlan memory = executor.memory();
        out.printf(
                Locale.ROOT,
                "%n  model    %s (%s)%n",
                info.model(),
                model.file().path());
        out.printf(
                Locale.ROOT,
                "           context of %,d tokens, vocabulary of %,d%n",
                info.contextLength(),
                info.vocabularySize());
        out.printf(
                Locale.ROOT,
                "  memory   weights %,d MiB, %s, %s%n",
                memory.weightBytes() >> 20,
                memory.weightsShared() ? "one mapped file for all processes" : "private to this process",
                pages(executor.weightHugePageBytes(), memory.weightBytes()));
        out.printf(
                Locale.ROOT,
                "           KV cache %,d MiB = %,d blocks = %,d tokens%n",
                memory.kvBytes() >> 20,
                memory.kvBlocks(),
                memory.kvTokens());
        out.printf(Locale.ROOT, "  kernels  %s on %d threads%n", info.kernels(), executor.threads());
        executor.kernels().remedy().ifPresent(remedy -> out.printf(Locale.ROOT, "           %s%n", remedy));
    }

    /** Which pages the weights got; a mapping's last few pages are always small. */
    private static String pages(long hugeBytes, long bytes) {
        if (hugeBytes == 0) {
            return "small pages";
        }
        long percent = hugeBytes * 100 / bytes;
        return percent >= 95 ? "huge pages" : percent + "% in huge pages";
    }

    void node(NodeAddress address, NodeRole role) {
        out.printf(Locale.ROOT, "%n  node     %s (%s)%n", address, role.name().toLowerCase(Locale.ROOT));
        out.flush();
    }

    /** @param asksForKey whether clients have to send one */
    void listening(String url, boolean asksForKey, String modelName, Optional<Double> seconds) {
        out.printf(Locale.ROOT, "  url      %s%n", url);
        seconds.ifPresent(s -> out.printf(Locale.ROOT, "  start    %.2f s from the command to listening%n", s));
        example(url, asksForKey, modelName);
    }

    /** How to talk to it. */
    void example(String url, boolean asksForKey, String modelName) {
        out.println();
        String key = asksForKey ? " -H \"Authorization: Bearer $" + NodeOptions.KEY_VARIABLE + "\"" : "";
        out.println("  curl -N " + url + "/v1/chat/completions" + key + " -H 'Content-Type: application/json' -d '"
                + "{\"model\": \"" + modelName
                + "\", \"stream\": true, \"temperature\": 0.2, \"top_p\": 0.9, \"max_tokens\": 100, "
                + "\"messages\": [{\"role\": \"user\", \"content\": \"Who wrote Romeo and Juliet?\"}]}'");
        out.println();
        out.flush();
    }

    void firstToken(double seconds, StartPhases phases) {
        out.printf(Locale.ROOT, "  ready    %.2f s from the command to the first token%n", seconds);
        out.printf(Locale.ROOT, "           %s%n", phases);
        out.flush();
    }
}
