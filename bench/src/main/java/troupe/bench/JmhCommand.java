package troupe.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Runs the JMH benchmarks of this module. */
@Command(name = "jmh", description = "Runs JMH benchmarks; takes JMH's own options and a regular expression of names.")
final class JmhCommand implements Callable<Integer> {
    @Unmatched // everything is JMH's business
    private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        new Runner(new CommandLineOptions(options.toArray(String[]::new))).run();
        return 0;
    }
}
