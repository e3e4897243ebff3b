package troupe.cli;

import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import troupe.conf.SettingsException;
import troupe.engine.gguf.ModelFormatException;
import troupe.engine.store.ModelStoreException;

/** The {@code troupe} command. */
@Command(
        name = "troupe",
        mixinStandardHelpOptions = true,
        version = Main.VERSION,
        description = "Serves large language models on a cluster of actors.",
        subcommands = {
            ServeCommand.class,
            NodeCommand.class,
            ClusterCommand.class,
            RunCommand.class,
            PullCommand.class,
            CertsCommand.class,
            TemplatesCommand.class,
            RehearseCommand.class
        },
        footer = {
            "",
            "The launcher adds two commands: `troupe test` builds and runs every test, `troupe bench` measures."
        })
public final class Main {
    static final String RELEASE = "0.1.0";
    static final String VERSION = "troupe " + RELEASE;

    private Main() {}

    public static void main(String[] arguments) {
        int status = commandLine().execute(arguments);
        if (status != 0) {
            System.exit(status);
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main()).setExecutionExceptionHandler((e, command, parsed) -> report(e, command));
    }

    /** What a user can mend is one line; everything else is a fault of ours and shows its trace. */
    private static int report(Exception e, CommandLine command) {
        PrintWriter err = command.getErr();
        switch (e) {
            case SettingsException problem -> err.println("troupe: " + problem.getMessage());
            case ModelFormatException problem -> err.println("troupe: " + problem.getMessage());
            case ModelStoreException problem -> err.println("troupe: " + problem.getMessage());
            case UserException problem -> err.println("troupe: " + problem.getMessage());
            case IOException problem -> err.println("troupe: " + problem);
            default -> e.printStackTrace(err);
        }
        err.flush();
        return 1;
    }
}
