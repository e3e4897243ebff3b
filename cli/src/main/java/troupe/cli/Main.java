package troupe.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import troupe.conf.SettingsException;
import troupe.engine.executor.ModelExecutor;
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
            KeyCommand.class,
            TemplatesCommand.class,
            RehearseCommand.class
        },
        footer = {
            "",
            "The launcher adds three commands: `troupe test` builds and runs every test, `troupe bench` measures, `troupe"
                    + " chaos` breaks a cluster while clients ask it."
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

    /**
     * Does what the arguments say, with every executor of a node that is started passed through {@code wrapping}: for those
     * who try what a cluster makes of a fault.
     *
     * @return the status to end with
     */
    public static int run(UnaryOperator<ModelExecutor> wrapping, String... arguments) {
        CommandLine.IFactory others = CommandLine.defaultFactory();
        return reporting(new CommandLine(new Main(), new CommandLine.IFactory() {
                    @Override
                    public <K> K create(Class<K> type) throws Exception {
                        return type == NodeCommand.class ? type.cast(new NodeCommand(wrapping)) : others.create(type);
                    }
                }))
                .execute(arguments);
    }

    static CommandLine commandLine() {
        return reporting(new CommandLine(new Main()));
    }

    private static CommandLine reporting(CommandLine command) {
        return command.setExecutionExceptionHandler((e, failed, parsed) -> report(e, failed));
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
