package troupe.cli.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.JSON;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The manifests of {@code deploy/}, and a check of them against the types of Kubernetes' own OpenAPI document. */
final class Manifests {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final String MODELS = "io.kubernetes.client.openapi.models.";

    static final Path FOLDER = Path.of(System.getProperty("project.root"), "deploy", "kubernetes");

    private Manifests() {}

    static List<Path> files() throws IOException {
        try (var files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    static List<JsonNode> documents(Path file) throws IOException {
        return documents(Files.readString(file));
    }

    static List<JsonNode> documents(String yaml) throws IOException {
        List<JsonNode> documents = new ArrayList<>();
        try (MappingIterator<JsonNode> iterator = YAML.readerFor(JsonNode.class).readValues(yaml)) {
            iterator.forEachRemaining(documents::add);
        }
        return documents;
    }

    /** All objects but the kustomization, which never reaches a cluster. */
    static List<JsonNode> objects() throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        for (Path file : files()) {
            if (!file.endsWith("kustomization.yaml")) {
                objects.addAll(documents(file));
            }
        }
        return objects;
    }

    /**
     * Refuses unknown fields, missing ones and values of another type, at any depth.
     *
     * @throws IllegalArgumentException saying which
     */
    static void validate(JsonNode object) {
        String kind = object.path("kind").asText();
        String version = object.path("apiVersion").asText();
        String prefix = version.substring(version.indexOf('/') + 1).toUpperCase(Locale.ROOT);
        try {
            Class<?> type = Class.forName(MODELS + prefix + kind);
            JsonElement element = JsonParser.parseString(object.toString());
            type.getMethod("validateJsonElement", JsonElement.class).invoke(null, element);
            JSON.getGson().fromJson(element, type);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(kind + ": " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("Kubernetes has no " + version + " " + kind, e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(kind + ": " + e.getMessage(), e);
        }
    }
}
