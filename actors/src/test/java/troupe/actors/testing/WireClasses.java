package troupe.actors.testing;

import akka.actor.NoSerializationVerificationNeeded;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import troupe.actors.CborSerializable;

/** The classes of messages that may cross nodes, found among what was compiled, so that none is forgotten. */
public final class WireClasses {
    private WireClasses() {}

    /** Names of the classes beside {@code anchor} (in its folder of compiled classes) that may be sent to other nodes. */
    public static Set<String> of(Class<?> anchor) throws IOException, URISyntaxException, ClassNotFoundException {
        Path root = Path.of(
                anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> names;
        try (Stream<Path> files = Files.walk(root)) {
            names = files.map(file -> root.relativize(file).toString())
                    .filter(name -> name.endsWith(".class") && name.startsWith("troupe"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .toList();
        }
        Set<String> found = new TreeSet<>();
        for (String name : names) {
            Class<?> type = Class.forName(name, false, anchor.getClassLoader());
            if (CborSerializable.class.isAssignableFrom(type)
                    && !NoSerializationVerificationNeeded.class.isAssignableFrom(type)
                    && !Modifier.isAbstract(type.getModifiers())) {
                found.add(name);
            }
        }
        return found;
    }

    /**
     * What may stand where a message leaves a choice: the constants of each enum and the classes of each sealed interface
     * that the messages' fields have. An older neighbour cannot read one that it does not know.
     */
    public static Map<String, List<String>> alternatives(Collection<? extends CborSerializable> messages) {
        Map<String, List<String>> alternatives = new TreeMap<>();
        Set<Class<?>> seen = new HashSet<>();
        messages.forEach(message -> collect(message.getClass(), alternatives, seen));
        return alternatives;
    }

    private static void collect(Type type, Map<String, List<String>> alternatives, Set<Class<?>> seen) {
        switch (type) {
            case ParameterizedType generic -> {
                // A reference to an actor names what may be sent to it; it carries none.
                if (!generic.getRawType().equals(akka.actor.typed.ActorRef.class)) {
                    collect(generic.getRawType(), alternatives, seen);
                    for (Type argument : generic.getActualTypeArguments()) {
                        collect(argument, alternatives, seen);
                    }
                }
            }
            case Class<?> plain -> {
                if (!plain.getName().startsWith("troupe.") || !seen.add(plain)) {
                    return;
                }
                if (plain.isEnum()) {
                    alternatives.put(
                            plain.getName(),
                            Arrays.stream(plain.getEnumConstants())
                                    .map(constant -> ((Enum<?>) constant).name())
                                    .toList());
                } else if (plain.isSealed()) {
                    alternatives.put(
                            plain.getName(),
                            Arrays.stream(plain.getPermittedSubclasses())
                                    .map(Class::getSimpleName)
                                    .toList());
                    for (Class<?> permitted : plain.getPermittedSubclasses()) {
                        collect(permitted, alternatives, seen);
                    }
                } else if (plain.isRecord()) {
                    for (RecordComponent component : plain.getRecordComponents()) {
                        collect(component.getGenericType(), alternatives, seen);
                    }
                }
            }
            default -> {}
        }
    }
}
