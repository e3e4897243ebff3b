package troupe.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Talks to the administration of a running cluster, through any gateway. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = "Shows and changes a running cluster, through the admin API of any gateway.",
        subcommands = {
            ClusterCommand.Status.class,
            ClusterCommand.Events.class,
            ClusterCommand.Deploy.class,
            ClusterCommand.Load.class,
            ClusterCommand.Scale.class,
            ClusterCommand.Unload.class,
            ClusterCommand.Drain.class
        })
final class ClusterCommand {
    @Option(
            names = "--url",
            defaultValue = "http://127.0.0.1:8000",
            description = "A gateway's admin API, http or https (${DEFAULT-VALUE}).")
    private String url = "";

    @Option(names = "--json", description = "What the API answers, as it is, for scripts.")
    private boolean json;

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "A file with the key for the admin API.")
    private @Nullable Path keyFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "PEM with the authority of the gateway's certificate; without it, those that Java trusts.")
    private @Nullable Path authority;

    private final PrintStream out = System.out;

    private AdminClient client() throws IOException {
        return new AdminClient(
                url, keyFile == null ? null : Files.readString(keyFile).strip(), authority);
    }

    /** Sends a change and says that it is done. */
    private int change(String method, String path, @Nullable ObjectNode body, String done)
            throws IOException, InterruptedException {
        JsonNode answer = client().send(method, path, body);
        out.println(json ? answer.toString() : done);
        return 0;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    @Command(name = "status", mixinStandardHelpOptions = true, description = "Members, replicas, load, deployments.")
    static final class Status implements Callable<Integer> {
        @ParentCommand
        private ClusterCommand cluster = new ClusterCommand();

        @Override
        public Integer call() throws IOException, InterruptedException {
            JsonNode view = cluster.client().send("GET", "/admin/cluster", null);
            if (cluster.json) {
                cluster.out.println(view);
            } else {
                new ClusterTable(cluster.out).print(view);
            }
            return 0;
        }
    }

    @Command(name = "events", mixinStandardHelpOptions = true, description = "What happened, oldest first.")
    static final class Events implements Callable<Integer> {
        @ParentCommand
        private ClusterCommand cluster = new ClusterCommand();

        @Option(names = "--after", defaultValue = "0", description = "Only events after this number.")
        private long after;

        @Override
        public Integer call() throws IOException, InterruptedException {
            JsonNode events = cluster.client().send("GET", "/admin/events?after=" + after, null);
            if (cluster.json) {
                cluster.out.println(events);
            } else {
                new ClusterTable(cluster.out).printEvents(events);
            }
            return 0;
        }
    }

    @Command(
            name = "deploy",
            mixinStandardHelpOptions = true,
            description = "Deploys a model, or changes its deployment.")
    static class Deploy implements Callable<Integer> {
        @ParentCommand
        private ClusterCommand cluster = new ClusterCommand();

        @Parameters(paramLabel = "NAME|PATH", description = "A known model or a GGUF file that every worker has.")
        private String model = "";

        @Option(names = "--replicas", defaultValue = "1", description = "Copies, each on a node of its own (1).")
        private int replicas;

        @Option(
                names = "--kv-memory",
                paramLabel = "BYTES",
                defaultValue = "0",
                description = "KV cache of each replica; 0, the default, lets the node decide.")
        private long kvMemoryBytes;

        @Override
        public Integer call() throws IOException, InterruptedException {
            ObjectNode body =
                    object().put("model", model).put("replicas", replicas).put("kv_memory_bytes", kvMemoryBytes);
            return cluster.change("POST", "/admin/deployments", body, model + " is deployed, replicas: " + replicas);
        }
    }

    /** Another word for deploy. */
    @Command(name = "load", mixinStandardHelpOptions = true, description = "The same as deploy.")
    static final class Load extends Deploy {}

    @Command(name = "scale", mixinStandardHelpOptions = true, description = "Changes the number of replicas.")
    static final class Scale implements Callable<Integer> {
        @ParentCommand
        private ClusterCommand cluster = new ClusterCommand();

        @Parameters(index = "0", paramLabel = "MODEL", description = "As requests name it.")
        private String model = "";

        @Parameters(index = "1", paramLabel = "REPLICAS", description = "At least 0.")
        private int replicas;

        @Override
        public Integer call() throws IOException, InterruptedException {
            return cluster.change(
                    "POST",
                    "/admin/deployments/" + AdminClient.escaped(model) + "/scale",
                    object().put("replicas", replicas),
                    model + " is scaled, replicas: " + replicas);
        }
    }

    @Command(
            name = "unload",
            mixinStandardHelpOptions = true,
            description = "Removes a deployment; its replicas finish what runs.")
    static final class Unload implements Callable<Integer> {
        @ParentCommand
        private ClusterCommand cluster = new ClusterCommand();

        @Parameters(paramLabel = "MODEL", description = "As requests name it.")
        private String model = "";

        @Override
        public Integer call() throws IOException, InterruptedException {
            return cluster.change(
                    "DELETE", "/admin/deployments/" + AdminClient.escaped(model), null, model + " is unloaded");
        }
    }

    @Command(
            name = "drain",
            mixinStandardHelpOptions = true,
            description = "A node takes nothing new, finishes or hands over what runs, and leaves.")
    static final class Drain implements Callable<Integer> {
        @ParentCommand
        private ClusterCommand cluster = new ClusterCommand();

        @Parameters(paramLabel = "NODE", description = "Its name, as status shows it.")
        private String node = "";

        @Option(names = "--force", description = "Down the node if it cannot be reached.")
        private boolean force;

        @Override
        public Integer call() throws IOException, InterruptedException {
            return cluster.change(
                    "POST",
                    "/admin/nodes/" + AdminClient.escaped(node) + "/drain",
                    object().put("force", force),
                    node + " is draining");
        }
    }
}
