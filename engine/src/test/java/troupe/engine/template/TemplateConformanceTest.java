package troupe.engine.template;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.engine.template.TemplateConformance.CaseResult;
import troupe.engine.template.TemplateConformance.Outcome;

class TemplateConformanceTest {
    @Test
    void shouldTellTheFourOutcomesApart(@TempDir Path folder) throws IOException {
        String json = """
                {"templates": {"plain": "{{ text }}", "unsupported": "{{ text|urlize }}"},
                 "cases": [
                  {"template": "plain", "conversation": "equal", "context": {"text": "a"}, "output": "a"},
                  {"template": "plain", "conversation": "other text", "context": {"text": "abc"}, "output": "abd"},
                  {"template": "plain", "conversation": "should refuse", "context": {}, "error": "TypeError"},
                  {"template": "unsupported", "conversation": "refused", "context": {}, "output": "a"},
                  {"template": "unsupported", "conversation": "both refuse", "context": {}, "error": "TypeError"}]}
                """;
        Path file = Files.writeString(folder.resolve("cases.json"), json);
        TemplateConformance.Report report = TemplateConformance.run(file);
        assertEquals(
                List.of(Outcome.EQUAL, Outcome.WRONG, Outcome.WRONG, Outcome.REFUSED, Outcome.REFUSED_AS_PYTHON),
                report.results().stream().map(CaseResult::outcome).toList());
        assertEquals(
                "differs at character 2: expected \"d\", rendered \"c\"",
                report.results().get(1).detail());
        assertEquals(2, report.counts().getOrDefault(Outcome.WRONG, 0));
    }
}
