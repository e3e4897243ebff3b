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
 * @param join addresses of nodes; none: of the gateways that run
 * @param settings by key, without the leading "troupe."
 * @param classesFirst folders of classes that replace those of the build
 * @param directory in which the process works; none: that of this one
 * @param host what the process is started with: where, as whom, in which surroundings
 */
public record Launch(
        String role,
        Optional<String> model,
        List<String> join,
        Map<String, String> settings,
        List<Path> classesFirst,
        Optional<Path> directory,
        Host host) {
    private static final String MAIN = "troupe.cli.Main";

    /**
     * Where a process runs.
     *
     * @param prefix a command that starts the one that follows it, {@code ip netns exec NAME} for example; may be empty
     * @param environment beside this process's own
     * @param main class, which takes the arguments of {@code troupe}
     */
    public record Host(List<String> prefix, Map<String, String> environment, String main) {
        public Host {
            prefix = List.copyOf(prefix);
            environment = Map.copyOf(environment);
        }
    }

    public Launch {
        join = List.copyOf(join);
        settings = Map.copyOf(settings);
        classesFirst = List.copyOf(classesFirst);
    }

    public static Launch of(String role) {
        return new Launch(
                role,
                Optional.empty(),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                new Host(List.of(), Map.of(), MAIN));
    }

    public Launch serving(String newModel) {
        return new Launch(role, Optional.of(newModel), join, settings, classesFirst, directory, host);
    }

    public Launch joining(List<String> addresses) {
        return new Launch(role, model, addresses, settings, classesFirst, directory, host);
    }

    public Launch with(String key, String value) {
        Map<String, String> more = new TreeMap<>(settings);
        more.put(key, value);
        return new Launch(role, model, join, more, classesFirst, directory, host);
    }

    public Launch withClasses(Path folder) {
        List<Path> more = new ArrayList<>(classesFirst);
        more.add(folder);
        return new Launch(role, model, join, settings, more, directory, host);
    }

    /** With the classes of the build again. */
    public Launch withoutClasses() {
        return new Launch(role, model, join, settings, List.of(), directory, host);
    }

    public Launch in(Path newDirectory) {
        return new Launch(role, model, join, settings, classesFirst, Optional.of(newDirectory), host);
    }

    public Launch on(Host newHost) {
        return new Launch(role, model, join, settings, classesFirst, directory, newHost);
    }

    public boolean isGateway() {
        return !role.equals("worker");
    }
}
