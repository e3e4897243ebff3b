package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import troupe.actors.FailureKind;
import troupe.actors.SequenceEvent;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.RoutingView;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;
import troupe.engine.kv.KvChanges;

/** The alerts of {@code deploy/monitoring} ask for metrics that are there, and the guide explains each of them. */
class AlertRulesTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final Pattern METRIC = Pattern.compile("\\b(?:vllm:|troupe_)[a-z0-9_]+");
    private static final Pattern LABELS_OF_FAILURES =
            Pattern.compile("troupe_request_failures_total\\{reason=~?\"([a-z_|]+)\"}");

    private static List<JsonNode> rules() throws IOException {
        JsonNode document = new ObjectMapper(new YAMLFactory())
                .readTree(ROOT.resolve("deploy/monitoring/rules.yaml").toFile());
        List<JsonNode> rules = new ArrayList<>();
        document.at("/spec/groups").forEach(group -> group.path("rules").forEach(rules::add));
        return rules;
    }

    private static Set<String> exported() {
        Metrics metrics = new Metrics();
        RequestMetrics requests = metrics.of("m");
        requests.timeToFirstToken(1);
        requests.interTokenLatency(1, 1);
        requests.finished(1, 1, 1, 1, 1);
        requests.failed("internal");
        metrics.onBegin("w", "m");
        metrics.deployments(() -> List.of(new ClusterView.Deployment("m", "ab", 2, 1, 0, null)));
        metrics.routing(() -> RoutingView.of("prefix"));
        EngineStats stats = new EngineStats(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, null);
        metrics.onStep("w", new StepReport(List.of(), stats, 1, 1, KvChanges.NONE, 1));
        Set<String> names = new HashSet<>();
        metrics.scrape().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int end = line.indexOf('{');
            names.add(end < 0 ? line : line.substring(0, end));
        });
        return names;
    }

    @Test
    void shouldAskForMetricsThatAreThere() throws IOException {
        Set<String> exported = exported();
        Set<String> asked = new HashSet<>();
        for (JsonNode rule : rules()) {
            Matcher names = METRIC.matcher(rule.path("expr").asText());
            while (names.find()) {
                asked.add(names.group());
            }
        }
        assertTrue(asked.size() >= 9, asked::toString);
        asked.removeAll(exported);
        assertEquals(Set.of(), asked);
    }

    @Test
    void shouldKnowTheReasonsOfFailures() throws IOException {
        Set<String> reasons = new HashSet<>();
        for (FailureKind kind : FailureKind.values()) {
            reasons.add(ApiException.of(new SequenceEvent.Failed("", kind, "", 0), "prompt")
                    .reason());
        }
        int found = 0;
        for (JsonNode rule : rules()) {
            Matcher labels = LABELS_OF_FAILURES.matcher(rule.path("expr").asText());
            while (labels.find()) {
                for (String reason : labels.group(1).split("\\|", -1)) {
                    assertTrue(reasons.contains(reason), reason);
                    found++;
                }
            }
        }
        assertEquals(5, found);
    }

    @Test
    void shouldSayWhatIsWrongAndHowBadItIs() throws IOException {
        String guide = Files.readString(ROOT.resolve("docs/operators.md"));
        Set<String> names = new HashSet<>();
        for (JsonNode rule : rules()) {
            String name = rule.path("alert").asText();
            assertTrue(names.add(name), name);
            assertTrue(
                    Set.of("critical", "warning")
                            .contains(rule.at("/labels/severity").asText()),
                    name);
            assertFalse(rule.at("/annotations/summary").asText().isBlank(), name);
            assertFalse(rule.path("for").asText().isBlank(), name);
            assertTrue(guide.contains("`" + name + "`"), name + " is not in the guide");
        }
    }
}
