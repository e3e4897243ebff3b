package troupe.cli.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ManifestsTest {
    private static List<JsonNode> ofKind(String kind) throws IOException {
        return Manifests.objects().stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .toList();
    }

    private static JsonNode container(JsonNode set) {
        return set.at("/spec/template/spec/containers/0");
    }

    private static Set<String> portNames(JsonNode set) {
        Set<String> names = new HashSet<>();
        container(set).path("ports").forEach(port -> names.add(port.path("name").asText()));
        return names;
    }

    @Test
    void shouldBeWhatKubernetesTakes() throws IOException {
        List<JsonNode> objects = Manifests.objects();
        objects.forEach(Manifests::validate);
        Set<String> kinds = new HashSet<>();
        objects.forEach(object -> kinds.add(object.path("kind").asText()));
        assertEquals(
                Set.of(
                        "Namespace",
                        "ServiceAccount",
                        "Role",
                        "RoleBinding",
                        "Service",
                        "StatefulSet",
                        "PodDisruptionBudget",
                        "HorizontalPodAutoscaler",
                        "NetworkPolicy"),
                kinds);
    }

    @Test
    void shouldBeCheckedByACheckThatFindsMistakes() throws IOException {
        String service = Files.readString(Manifests.FOLDER.resolve("services.yaml"));
        for (String wrong : List.of(
                service.replace("targetPort", "targetport"),
                service.replace("port: 80\n", "port: eighty\n"),
                service.replace("port: 80\n", "name2: 80\n"),
                service.replace("kind: Service", "kind: Servant"))) {
            assertFalse(wrong.equals(service));
            List<JsonNode> documents = Manifests.documents(wrong);
            assertThrows(IllegalArgumentException.class, () -> documents.forEach(Manifests::validate));
        }
    }

    @Test
    void shouldAllBeNamedByTheKustomization() throws IOException {
        JsonNode kustomization = Manifests.documents(Manifests.FOLDER.resolve("kustomization.yaml"))
                .getFirst();
        List<String> named = new ArrayList<>(List.of("kustomization.yaml"));
        kustomization.path("resources").forEach(file -> named.add(file.asText()));
        named.sort(null);
        assertEquals(
                Manifests.files().stream()
                        .map(Path::getFileName)
                        .map(Path::toString)
                        .toList(),
                named);
    }

    @Test
    void shouldProbePortsThatAreThere() throws IOException {
        for (JsonNode set : ofKind("StatefulSet")) {
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                String port = container(set).path(probe).at("/httpGet/port").asText();
                assertTrue(portNames(set).contains(port), () -> set.at("/metadata/name") + " " + probe + " " + port);
            }
        }
    }

    @Test
    void shouldSelectPodsThatAreThere() throws IOException {
        List<JsonNode> selectors = new ArrayList<>();
        ofKind("Service").forEach(service -> selectors.add(service.at("/spec/selector")));
        ofKind("PodDisruptionBudget").forEach(budget -> selectors.add(budget.at("/spec/selector/matchLabels")));
        ofKind("NetworkPolicy").forEach(policy -> selectors.add(policy.at("/spec/podSelector/matchLabels")));
        ofKind("StatefulSet").forEach(set -> selectors.add(set.at("/spec/selector/matchLabels")));
        List<JsonNode> sets = ofKind("StatefulSet");
        for (JsonNode selector : selectors) {
            assertTrue(selector.size() > 0);
            assertTrue(
                    sets.stream().anyMatch(set -> carries(set.at("/spec/template/metadata/labels"), selector)),
                    selector::toString);
        }
    }

    private static boolean carries(JsonNode labels, JsonNode selector) {
        return selector.properties().stream().allMatch(entry -> entry.getValue().equals(labels.path(entry.getKey())));
    }

    @Test
    void shouldScaleASetThatIsThereAndLeavesItsSizeAlone() throws IOException {
        String target = ofKind("HorizontalPodAutoscaler")
                .getFirst()
                .at("/spec/scaleTargetRef/name")
                .asText();
        JsonNode scaled = ofKind("StatefulSet").stream()
                .filter(set -> set.at("/metadata/name").asText().equals(target))
                .findFirst()
                .orElseThrow();
        assertTrue(scaled.at("/spec/replicas").isMissingNode());
    }
}
