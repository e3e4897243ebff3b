package troupe.bench.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SimulationReportTest {
    /** Requests in the trace's format that share their first or their first two blocks with some others. */
    private static String trace() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            lines.append("{\"timestamp\": ")
                    .append(i / 4 * 3_000)
                    .append(", \"input_length\": 9216, \"output_length\": 200, \"hash_ids\": [1, ")
                    .append(2 + i % 20);
            for (int block = 2; block < 18; block++) {
                lines.append(", ").append(1_000 + 100 * i + block);
            }
            lines.append("]}\n");
        }
        return lines.toString();
    }

    @Test
    void shouldWriteWhatEveryPolicyDoes(@TempDir Path folder) throws Exception {
        Path trace = Files.writeString(folder.resolve("trace.jsonl"), trace());
        String first = run(trace, folder.resolve("first"));
        for (String part :
                List.of("| round robin |", "| least loaded |", "| consistent hash |", "| prefix |", "| one cache |")) {
            assertEquals(3, first.split(java.util.regex.Pattern.quote(part), -1).length - 1, part + "\n" + first);
        }
        assertTrue(first.contains("## conversation trace") && first.contains("## agents"), first);
        assertTrue(first.contains("| hit rate, times round robin's |"), first);
        assertTrue(first.contains("## 8 workers"), first);
        assertTrue(Files.size(folder.resolve("first/simulation.png")) > 1_000);

        assertEquals(withoutTimes(first), withoutTimes(run(trace, folder.resolve("again"))));
    }

    /** The last table has seconds by the clock on the wall. */
    private static String withoutTimes(String report) {
        return report.substring(report.indexOf("## conversation trace"), report.indexOf("## 8 workers"));
    }

    private static String run(Path trace, Path output) throws Exception {
        int status = new CommandLine(new SimulateCommand())
                .execute(
                        "--trace",
                        trace.toString(),
                        "--requests",
                        "800",
                        "--workers",
                        "2",
                        "--large",
                        "8",
                        "--large-requests",
                        "50",
                        "--output",
                        output.toString());
        assertEquals(0, status);
        return Files.readString(output.resolve("simulation.md"));
    }
}
