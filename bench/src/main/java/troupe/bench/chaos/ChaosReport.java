package troupe.bench.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import troupe.bench.Machine;
import troupe.multinode.chaos.ChaosOptions;
import troupe.multinode.chaos.ChaosTable;
import troupe.multinode.chaos.ScenarioResult;

/** The table of a run between two marks of a Markdown file, whose other text stays as it is. */
final class ChaosReport {
    private static final String BEGIN = "<!-- chaos: begin -->\n";
    private static final String END = "<!-- chaos: end -->\n";

    private ChaosReport() {}

    static void write(Path file, List<ScenarioResult> results, ChaosOptions options, String commandLine)
            throws IOException {
        String run = "`" + commandLine + "`: " + options.gateways() + " gateways, " + options.workers() + " workers, "
                + options.clients() + " clients, model " + options.modelName() + ", seed " + options.seed()
                + ". Machine: "
                + Machine.describe() + ".\n\n" + ChaosTable.markdown(results);
        String text = Files.exists(file) ? Files.readString(file) : "# Reliability\n\n" + BEGIN + END;
        Files.writeString(file, replaced(text, run));
    }

    /** @throws IOException if the marks are missing */
    static String replaced(String text, String run) throws IOException {
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException("the report has no lines " + BEGIN.strip() + " and " + END.strip());
        }
        return text.substring(0, begin + BEGIN.length()) + run + text.substring(end);
    }
}
