package troupe.bench;

import java.lang.management.ManagementFactory;
import java.util.List;

/** What the nodes that a measurement starts run with. */
public final class JvmFlags {
    private JvmFlags() {}

    /** This process's own, except what is about itself alone. */
    public static List<String> ofThisProcess() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> !flag.startsWith("-Dlauncher") && !flag.startsWith("-agentlib"))
                .toList();
    }
}
