package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a command writes the report that it makes for each kind of processor. */
final class ReportFolder {
    @Option(names = "--output", paramLabel = "FOLDER", defaultValue = "docs/benchmarks", description = "Of the report.")
    private Path folder = Path.of("");

    /** Writes the report of this kind of processor, in a folder that is made where there is none; gives its path. */
    Path write(String name, String markdown) throws IOException {
        Files.createDirectories(folder);
        return Files.writeString(folder.resolve(Machine.kind().file(name, "md")), markdown);
    }
}
