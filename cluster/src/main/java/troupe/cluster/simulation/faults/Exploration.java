package troupe.cluster.simulation.faults;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/** Whatever can go wrong in small clusters, up to a number of things. */
public final class Exploration {
    private static final Set<Peril> PERILS = EnumSet.of(Peril.MESSAGE, Peril.STEP, Peril.CLIENT, Peril.GATEWAY);

    private Exploration() {}

    /**
     * Visits every run of every {@link Scenario} with at most {@code faults} things going wrong.
     *
     * @param progress hears a line per scenario
     * @return what happened in the first run that does not keep an invariant, for people; empty where all do
     */
    public static String explore(int faults, Consumer<String> progress) {
        for (Scenario scenario : Scenario.values()) {
            String found = explore(scenario, faults, progress);
            if (!found.isEmpty()) {
                return found;
            }
        }
        return "";
    }

    static String explore(Scenario scenario, int faults, Consumer<String> progress) {
        Explorer explorer = new Explorer(PERILS, fates -> scenario.run(fates, new Trace(false), Sabotage.NONE));
        try {
            explorer.explore(faults);
        } catch (Explorer.Found found) {
            return replayed(scenario, found);
        }
        progress.accept(
                scenario + ": " + explorer.runs() + " runs with at most " + faults + " faults keep every invariant");
        return "";
    }

    private static String replayed(Scenario scenario, Explorer.Found found) {
        Trace trace = new Trace(true);
        try {
            new Explorer(PERILS, fates -> scenario.run(fates, trace, Sabotage.NONE)).replay(found.deviations());
        } catch (RuntimeException e) {
            return String.join("\n", trace.lines()) + "\n" + scenario + " " + found.deviations() + ": " + e;
        }
        throw new IllegalStateException(scenario + " " + found.deviations() + " went well the second time", found);
    }
}
