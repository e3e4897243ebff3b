package troupe.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import troupe.engine.store.ModelReference;

/** Fetches a model into the user's cache folder. */
@Command(name = "pull", mixinStandardHelpOptions = true, description = "Fetches a model into your cache folder.")
final class PullCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "NAME",
            arity = "0..1",
            defaultValue = "smollm2-135m",
            description = "A known model (${DEFAULT-VALUE}).")
    private String name = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        ModelReference model = Models.ofThisUser().fetch(name);
        spec.commandLine().getOut().println(model.path());
        return 0;
    }
}
