package troupe.cli.supervisor;

import java.util.List;

/**
 * A node process that the supervisor keeps running.
 *
 * @param name unique; prefixes its output
 * @param gateway whether clients talk to it, so that it ends last
 * @param address {@code host:port} at which the cluster knows it
 * @param arguments of the {@code troupe} command
 */
public record NodeSpec(String name, boolean gateway, String address, List<String> arguments) {
    public NodeSpec {
        arguments = List.copyOf(arguments);
    }
}
