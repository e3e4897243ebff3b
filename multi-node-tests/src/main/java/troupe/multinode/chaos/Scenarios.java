package troupe.multinode.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All that can happen here, by name. */
public final class Scenarios {
    private Scenarios() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>(WorkerScenarios.all());
        all.addAll(GatewayScenarios.all());
        all.addAll(MachineScenarios.all());
        all.addAll(NetworkScenarios.all());
        return all;
    }

    public static List<String> names() {
        return all().stream().map(Scenario::name).toList();
    }

    static Optional<Scenario> find(String name) {
        return all().stream().filter(scenario -> scenario.name().equals(name)).findFirst();
    }
}
