package troupe.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import troupe.bench.chaos.ChaosCommand;
import troupe.bench.cluster.ClusterCommand;
import troupe.bench.failures.FailuresCommand;
import troupe.bench.routing.GatewayCommand;
import troupe.bench.routing.RoutingCommand;
import troupe.bench.routing.SimulateCommand;

/** The {@code troupe bench} command. */
@Command(
        name = "troupe bench",
        mixinStandardHelpOptions = true,
        description = "Measures.",
        subcommands = {
            PeersCommand.class,
            KernelsCommand.class,
            StepsCommand.class,
            StartCommand.class,
            ContentionCommand.class,
            SustainedCommand.class,
            RoutingCommand.class,
            GatewayCommand.class,
            SimulateCommand.class,
            FaultsCommand.class,
            FailuresCommand.class,
            RoutingCoreCommand.class,
            ClusterCommand.class,
            ChaosCommand.class,
            JmhCommand.class
        })
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }
}
