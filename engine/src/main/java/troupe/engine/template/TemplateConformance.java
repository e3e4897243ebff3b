package troupe.engine.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Renders the cases of a file and compares each with what Python rendered. The file is a JSON object: {@code templates}
 * maps names to sources, {@code cases} lists objects with {@code template}, {@code conversation}, {@code context} and
 * either {@code output} or {@code error}. Cases were rendered at 2026-11-23 14:05:09.
 */
public final class TemplateConformance {
    private static final Clock CLOCK =
            Clock.fixed(LocalDateTime.of(2026, 11, 23, 14, 5, 9).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);

    private TemplateConformance() {}

    /** How one case went. */
    public enum Outcome {
        /** Rendered byte for byte as Python did. */
        EQUAL,
        /** Refused, as Python did. */
        REFUSED_AS_PYTHON,
        /** Refused with an error that names why, where Python rendered. */
        REFUSED,
        /** Other text than Python's, or text where Python refused. */
        WRONG
    }

    /**
     * The result of one case.
     *
     * @param detail the error, or where the texts part; empty for an equal text
     */
    public record CaseResult(String template, String conversation, Outcome outcome, String detail) {}

    /** All results in the file's order. */
    public record Report(List<CaseResult> results) {
        /** How many cases ended so. */
        public Map<Outcome, Integer> counts() {
            Map<Outcome, Integer> counts = new EnumMap<>(Outcome.class);
            for (Outcome outcome : Outcome.values()) {
                counts.put(outcome, 0);
            }
            results.forEach(result -> counts.merge(result.outcome(), 1, Integer::sum));
            return counts;
        }

        /** Prints a line for each case and the counts. */
        public void print(PrintStream out) {
            for (CaseResult result : results) {
                out.printf(
                        "%-17s %s, %s%s%n",
                        result.outcome(),
                        result.template(),
                        result.conversation(),
                        result.detail().isEmpty() ? "" : ": " + result.detail());
            }
            out.printf("%d cases: %s%n", results.size(), counts());
        }
    }

    /** Runs all cases of a file. */
    public static Report run(Path json) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        JsonNode root = mapper.readTree(json.toFile());
        Map<String, ChatTemplate> parsed = new HashMap<>();
        List<CaseResult> results = new ArrayList<>();
        for (JsonNode testCase : root.path("cases")) {
            String name = testCase.path("template").asText();
            String source = root.path("templates").path(name).asText();
            Map<?, ?> context = mapper.convertValue(testCase.path("context"), Map.class);
            results.add(runCase(parsed, name, source, testCase, context));
        }
        return new Report(results);
    }

    private static CaseResult runCase(
            Map<String, ChatTemplate> parsed, String name, String source, JsonNode testCase, Map<?, ?> context) {
        String conversation = testCase.path("conversation").asText();
        boolean rendersInPython = testCase.hasNonNull("output");
        try {
            ChatTemplate template = parsed.get(name);
            if (template == null) {
                template = ChatTemplate.parse(source, TemplateLimits.DEFAULT);
                parsed.put(name, template);
            }
            Map<String, Object> variables = new HashMap<>();
            context.forEach((key, value) -> variables.put(String.valueOf(key), value));
            String rendered = template.render(variables, CLOCK);
            if (!rendersInPython) {
                return new CaseResult(name, conversation, Outcome.WRONG, "rendered where Python refuses");
            }
            String expected = testCase.path("output").asText();
            return rendered.equals(expected)
                    ? new CaseResult(name, conversation, Outcome.EQUAL, "")
                    : new CaseResult(name, conversation, Outcome.WRONG, difference(expected, rendered));
        } catch (TemplateException refused) {
            Outcome outcome = rendersInPython ? Outcome.REFUSED : Outcome.REFUSED_AS_PYTHON;
            return new CaseResult(name, conversation, outcome, String.valueOf(refused.getMessage()));
        }
    }

    private static String difference(String expected, String rendered) {
        int at = 0;
        while (at < Math.min(expected.length(), rendered.length()) && expected.charAt(at) == rendered.charAt(at)) {
            at++;
        }
        return "differs at character " + at + ": expected \"" + excerpt(expected, at) + "\", rendered \""
                + excerpt(rendered, at) + "\"";
    }

    private static String excerpt(String text, int at) {
        return text.substring(at, Math.min(text.length(), at + 40)).replace("\n", "\\n");
    }

    /** Takes the file's path; exits with 1 if any case is wrong, with 2 for wrong usage. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: TemplateConformance CASES.json");
            System.exit(2);
        }
        Report report = run(Path.of(arguments[0]));
        report.print(System.out);
        if (report.counts().getOrDefault(Outcome.WRONG, 0) > 0) {
            System.exit(1);
        }
    }
}
