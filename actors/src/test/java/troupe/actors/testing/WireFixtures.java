package troupe.actors.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializers;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import troupe.actors.CborSerializable;
import troupe.actors.Protocol;

/**
 * Messages as Akka writes them, compared with what is committed in {@code src/test/resources/wire/PROTOCOL/FAMILY.json}:
 * for each message the serializer's number, the manifest, the bytes, and the same bytes as JSON for whoever reviews a change.
 *
 * <p>With {@code -Dwire.record=true} the files of the present protocol are written instead. The folders of earlier
 * protocols are never written again: they show what neighbours send.
 */
public final class WireFixtures {
    private static final Path FOLDER = Path.of("src", "test", "resources", "wire");
    private static final boolean RECORD = Boolean.getBoolean("wire.record");
    private static final String ADVICE =
            "; where neighbours do not understand it, raise Protocol.CURRENT first; then record:"
                    + " ./troupe test -pl actors,cluster -am -Dtest='*ProtocolTest' -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dwire.record=true";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
    private static final String ALTERNATIVES = "alternatives";
    private static final String NEWER = "ofANewerRelease";

    private final ActorSystem<?> system;
    private final Serialization serialization;

    public WireFixtures(ActorSystem<?> system) {
        this.system = system;
        serialization = SerializationExtension.get(system);
    }

    /** An actor on another node, whose form is the same in every run. */
    public <T> ActorRef<T> actor(String path) {
        return ActorRefResolver.get(system).resolveActorRef("akka://troupe@10.0.0.7:2551/user/" + path + "#17");
    }

    /** Fails unless every message is written as the file has it, byte for byte, and the files have nothing else. */
    public void requirePinned(List<? extends CborSerializable> messages) throws IOException {
        Map<String, ArrayNode> families = families(messages);
        Path folder = present();
        assertEquals(List.copyOf(families.keySet()), names(folder), "the families of messages have changed" + ADVICE);
        for (Map.Entry<String, ArrayNode> family : families.entrySet()) {
            JsonNode committed = read(folder.resolve(family.getKey() + ".json"));
            for (int i = 0; i < family.getValue().size(); i++) {
                String name = family.getKey() + ", message " + i;
                assertTrue(i < committed.size(), () -> name + " has no fixture" + ADVICE);
                assertEquals(
                        text(committed.get(i)),
                        text(family.getValue().get(i)),
                        "the serialized form of " + name + " has changed" + ADVICE);
            }
            assertEquals(family.getValue().size(), committed.size(), family.getKey() + " has old fixtures" + ADVICE);
        }
    }

    /** By file; written to the files where that is asked for. */
    private Map<String, ArrayNode> families(List<? extends CborSerializable> messages) throws IOException {
        Map<String, ArrayNode> families = new TreeMap<>();
        for (CborSerializable message : messages) {
            families.computeIfAbsent(family(message), ignored -> JSON.createArrayNode())
                    .add(written(message));
        }
        if (RECORD) {
            for (Map.Entry<String, ArrayNode> family : families.entrySet()) {
                Files.writeString(present().resolve(family.getKey() + ".json"), text(family.getValue()) + "\n");
            }
        }
        return families;
    }

    /** Fails unless the constants and classes that fields of {@code messages} choose among are those of the file. */
    public void requireAlternativesPinned(List<? extends CborSerializable> messages) throws IOException {
        Path file = present().resolve(ALTERNATIVES + ".json");
        String now = JSON.writeValueAsString(WireClasses.alternatives(messages)) + "\n";
        if (RECORD) {
            Files.writeString(file, now);
        }
        assertEquals(
                Files.readString(file), now, "an older neighbour cannot read a constant or class that is new" + ADVICE);
    }

    /** Fails unless what is committed can be read: that of the present protocol gives {@code messages}. */
    public void requireReadable(List<? extends CborSerializable> messages) throws IOException {
        Map<String, ArrayNode> families = families(messages);
        List<Object> present = new ArrayList<>();
        for (int version = 0; version <= Protocol.CURRENT.version() + 1; version++) {
            Path folder = FOLDER.resolve(String.valueOf(version));
            if (!Protocol.CURRENT.accepts(version) || !Files.exists(folder)) {
                continue;
            }
            for (String name : names(folder)) {
                for (JsonNode fixture : read(folder.resolve(name + ".json"))) {
                    Object message = deserialize(fixture.path("cbor").binaryValue(), fixture);
                    if (version == Protocol.CURRENT.version()) {
                        present.add(message);
                    }
                }
            }
        }
        List<CborSerializable> byFamily = new ArrayList<>(messages);
        byFamily.sort(Comparator.comparing(WireFixtures::family));
        assertEquals(byFamily.size(), present.size(), () -> "messages and fixtures of " + families.keySet() + ADVICE);
        for (int i = 0; i < byFamily.size(); i++) {
            assertEquals(byFamily.get(i), present.get(i));
        }
    }

    /** Fails unless each message is read as it was sent although every object in it has a field that is not known here. */
    public void requireUnknownFieldsIgnored(List<? extends CborSerializable> messages) throws IOException {
        for (CborSerializable message : messages) {
            ObjectNode written = written(message);
            JsonNode tree = CBOR.readTree(written.path("cbor").binaryValue());
            eachObject(tree, "", (path, object) -> {
                object.put(NEWER, 1);
                object.putObject(NEWER + "Too").put("a", "b");
            });
            assertEquals(message, deserialize(CBOR.writeValueAsBytes(tree), written));
        }
    }

    /** Fails unless a number or flag that is not sent reads as 0 or false, or as absent where it may be. */
    public void requireAbsentFiguresReadAsZero(List<? extends CborSerializable> messages) throws IOException {
        for (CborSerializable message : messages) {
            ObjectNode written = written(message);
            byte[] bytes = written.path("cbor").binaryValue();
            List<String> figures = new ArrayList<>();
            eachObject(
                    CBOR.readTree(bytes),
                    "",
                    (path, object) -> object.properties().forEach(field -> {
                        if (field.getValue().isNumber() || field.getValue().isBoolean()) {
                            figures.add(path + "/" + field.getKey());
                        }
                    }));
            for (String figure : figures) {
                JsonNode tree = CBOR.readTree(bytes);
                int slash = figure.lastIndexOf('/');
                ((ObjectNode) tree.at(figure.substring(0, slash))).remove(figure.substring(slash + 1));
                Object read = deserialize(CBOR.writeValueAsBytes(tree), written);
                JsonNode now = CBOR.readTree(
                                written((CborSerializable) read).path("cbor").binaryValue())
                        .at(figure);
                assertTrue(
                        now.isMissingNode() || now.isNull() || (now.asDouble() == 0 && !now.asBoolean()),
                        () -> figure + " of " + message + " reads as " + now + " when it is not sent");
            }
        }
    }

    /** What a neighbour would read of {@code message} if it were sent without the field at a JSON pointer. */
    public Object readWithout(CborSerializable message, String pointer) throws IOException {
        ObjectNode written = written(message);
        JsonNode tree = CBOR.readTree(written.path("cbor").binaryValue());
        int slash = pointer.lastIndexOf('/');
        ((ObjectNode) tree.at(pointer.substring(0, slash))).remove(pointer.substring(slash + 1));
        return deserialize(CBOR.writeValueAsBytes(tree), written);
    }

    private ObjectNode written(CborSerializable message) throws IOException {
        var serializer = serialization.findSerializerFor(message);
        byte[] bytes = serialization.serialize(message).get();
        ObjectNode written = JSON.createObjectNode()
                .put("serializer", serializer.identifier())
                .put("manifest", Serializers.manifestFor(serializer, message))
                .put("cbor", bytes);
        written.set("message", CBOR.readTree(bytes));
        return written;
    }

    private Object deserialize(byte[] bytes, JsonNode fixture) {
        return serialization
                .deserialize(
                        bytes,
                        fixture.path("serializer").intValue(),
                        fixture.path("manifest").textValue())
                .get();
    }

    /** Objects whose fields are a record's: not the maps. */
    private static void eachObject(JsonNode node, String path, BiConsumer<String, ObjectNode> visitor) {
        for (Map.Entry<String, JsonNode> field : List.copyOf(node.properties())) {
            if (!field.getKey().equals("messages") || field.getValue().isArray()) {
                eachObject(field.getValue(), path + "/" + field.getKey(), visitor);
            }
        }
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                eachObject(node.get(i), path + "/" + i, visitor);
            }
        }
        if (node instanceof ObjectNode object) {
            visitor.accept(path, object);
        }
    }

    private static Path present() throws IOException {
        Path folder = FOLDER.resolve(String.valueOf(Protocol.CURRENT.version()));
        return RECORD ? Files.createDirectories(folder) : folder;
    }

    private static String family(Object message) {
        return message.getClass().getNestHost().getSimpleName();
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()).replace(".json", ""))
                    .filter(name -> !name.equals(ALTERNATIVES))
                    .sorted()
                    .toList();
        }
    }

    private static JsonNode read(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    /** The same text for the same value, however it came to be: read once more, as a number that is not finite is a text. */
    private static String text(JsonNode node) throws IOException {
        return JSON.writeValueAsString(JSON.readTree(JSON.writeValueAsBytes(node)));
    }
}
