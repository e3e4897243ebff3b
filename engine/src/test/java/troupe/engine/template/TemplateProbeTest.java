package troupe.engine.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Small templates whose output was made by Python's jinja2 3.1.6; "EXC" starts the error where Python raised one. */
class TemplateProbeTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T14:05:09Z"), ZoneOffset.UTC);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TestFactory
    List<DynamicTest> shouldRenderEachConstructAsPythonDoes() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode probe : read("/jinja-probes.json")) {
            tests.add(test(probe, probe.path("context")));
        }
        assertEquals(59, tests.size());
        return tests;
    }

    @TestFactory
    List<DynamicTest> shouldRenderTheDetailsOfEachConstructAsPythonDoes() throws IOException {
        JsonNode root = read("/jinja-probes-extra.json");
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode probe : root.path("probes")) {
            tests.add(test(probe, root.path("context")));
        }
        assertFalse(tests.isEmpty());
        return tests;
    }

    private static JsonNode read(String resource) throws IOException {
        try (InputStream in = Objects.requireNonNull(TemplateProbeTest.class.getResourceAsStream(resource), resource)) {
            return MAPPER.readTree(in);
        }
    }

    private static DynamicTest test(JsonNode probe, JsonNode contextJson) {
        String source = probe.path("template").asText();
        String expected = probe.path("output").asText();
        Map<String, Object> context = MAPPER.convertValue(contextJson, new TypeReference<>() {});
        return DynamicTest.dynamicTest(probe.path("name").asText() + ": " + source, () -> {
            if (expected.startsWith("EXC ")) {
                assertThrows(TemplateException.class, () -> render(source, context));
            } else {
                assertEquals(expected, render(source, context));
            }
        });
    }

    private static String render(String source, Map<String, Object> context) {
        return ChatTemplate.parse(source, TemplateLimits.DEFAULT).render(context, CLOCK);
    }
}
