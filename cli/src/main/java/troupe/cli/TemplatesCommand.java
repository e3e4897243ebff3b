package troupe.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import troupe.engine.template.TemplateConformance;

/** Renders a file of chat-template cases and compares each with what Python's jinja2 gave. */
@Command(
        name = "check-templates",
        mixinStandardHelpOptions = true,
        description = "Renders a file of chat-template cases and compares them with the outputs recorded there.")
final class TemplatesCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "FILE",
            description = "JSON: {\"templates\": {name: source}, \"cases\": [{template, context, output|error}]}.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws Exception {
        TemplateConformance.Report report = TemplateConformance.run(file);
        report.print(System.out);
        return report.counts().getOrDefault(TemplateConformance.Outcome.WRONG, 0) == 0 ? 0 : 1;
    }
}
