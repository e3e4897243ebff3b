package troupe.multinode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a node is started with.
 *
 * @param role gateway, worker or all
 * @param model of the cluster that the node begins, if it is the first; a name or a path
 * @param settings by key, without the leading "troupe."
 * @param classesFirst folders of classes that replace those of the build
 * @param directory in which the process works; none: that of this one
 */
public record Launch(
        String role,
        Optional<String> model,
        Map<String, String> settings,
        List<Path> classesFirst,
        Optional<Path> directory) {
    public Launch {
        settings = Map.copyOf(settings);
        classesFirst = List.copyOf(classesFirst);
    }

    public static Launch of(String role) {
        return new Launch(role, Optional.empty(), Map.of(), List.of(), Optional.empty());
    }

    public Launch serving(String newModel) {
        return new Launch(role, Optional.of(newModel), settings, classesFirst, directory);
    }

    public Launch with(String key, String value) {
        Map<String, String> more = new TreeMap<>(settings);
        more.put(key, value);
        return new Launch(role, model, more, classesFirst, directory);
    }

    public Launch withClasses(Path folder) {
        List<Path> more = new ArrayList<>(classesFirst);
        more.add(folder);
        return new Launch(role, model, settings, more, directory);
    }

    public Launch in(Path newDirectory) {
        return new Launch(role, model, settings, classesFirst, Optional.of(newDirectory));
    }

    boolean isGateway() {
        return !role.equals("worker");
    }
}
