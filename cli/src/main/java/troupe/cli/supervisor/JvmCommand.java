package troupe.cli.supervisor;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts Java programs with this process's own JVM, flags and class path. */
public final class JvmCommand {
    /** When the launcher started this process, which is not when it starts others. */
    private static final String LAUNCHER_TIMES = "-Dlauncher.";

    /** A debugger's port is for one process. */
    private static final String DEBUGGER = "-agentlib:jdwp";

    private static final String FLAGS_VARIABLE = "JDK_JAVA_OPTIONS";

    private JvmCommand() {}

    /** A process to start, its streams pipes; {@code settings} are HOCON keys and values for it, as system properties. */
    public static ProcessBuilder of(String mainClass, List<String> arguments, Map<String, String> settings) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (!flag.startsWith(LAUNCHER_TIMES) && !flag.startsWith(DEBUGGER)) {
                command.add(flag);
            }
        }
        settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(mainClass);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        // Its flags are among this process's already.
        Map<String, String> environment = builder.environment();
        environment.remove(FLAGS_VARIABLE);
        return builder;
    }
}
