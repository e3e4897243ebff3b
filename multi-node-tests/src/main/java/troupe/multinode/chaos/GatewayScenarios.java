package troupe.multinode.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import troupe.cli.supervisor.FreePorts;
import troupe.multinode.Launch;
import troupe.multinode.NodeProcess;

/** Gateways die, alone or with workers: connections break, and clients take their streams up elsewhere. */
final class GatewayScenarios {
    private static final int SHORTEST_MILLIS = 1_500;
    private static final int LONGEST_MILLIS = 4_000;
    private static final int STOPPED_MILLIS = 30_000;

    private GatewayScenarios() {}

    static List<Scenario> all() {
        return List.of(
                of("gateway-kill", "SIGKILL to a gateway", stage -> {
                    for (int i = 0; i < stage.options().rounds(); i++) {
                        stage.awaitMoment();
                        stage.kill(List.of(stage.any(stage.cluster().gateways())));
                    }
                    stage.awaitMoment();
                }),
                of("oldest-kill", "SIGKILL to the oldest gateway, where the singletons are", stage -> {
                    for (int i = 0; i < stage.options().rounds(); i++) {
                        stage.awaitMoment();
                        stage.kill(List.of(stage.cluster().oldest()));
                    }
                    stage.awaitMoment();
                }),
                of("gateway-term", "SIGTERM to a gateway", stage -> {
                    stage.awaitMoment();
                    terminate(stage, List.of(stage.any(stage.cluster().gateways())));
                    stage.awaitMoment();
                }),
                of("gateway-stop-30s", "a gateway is stopped (SIGSTOP) for 30 s", GatewayScenarios::stop),
                of("two-nodes", "SIGKILL to a worker and a gateway at once", stage -> {
                    stage.awaitMoment();
                    stage.kill(List.of(
                            stage.any(stage.cluster().workers()),
                            stage.any(stage.cluster().gateways())));
                    stage.awaitMoment();
                }),
                of("all-term", "SIGTERM to all nodes, which are started again", stage -> {
                    stage.awaitMoment();
                    terminate(stage, stage.cluster().slots());
                    stage.awaitMoment();
                }),
                of(
                        "node-replaced",
                        "a gateway dies for good; another one, with a new address and no state, comes",
                        GatewayScenarios::replace),
                of(
                        "kills-every-few-seconds",
                        "SIGKILL to a random node every few seconds",
                        GatewayScenarios::killAgainAndAgain));
    }

    private static Scenario of(String name, String what, Scenario.Script script) {
        return new Scenario(name, what, Scenario.Place.LOOPBACK, true, script);
    }

    private static void terminate(Stage stage, List<Slot> slots) throws IOException, InterruptedException {
        List<NodeProcess> processes = slots.stream().map(Slot::process).toList();
        stage.fault("SIGTERM to " + slots, () -> processes.forEach(NodeProcess::terminate));
        for (NodeProcess process : processes) {
            process.awaitEnd();
        }
        stage.cluster().awaitWhole();
    }

    private static void stop(Stage stage) throws IOException, InterruptedException {
        stage.awaitMoment();
        Slot gateway = stage.any(stage.cluster().gateways());
        NodeProcess process = gateway.process();
        stage.fault("SIGSTOP to " + gateway, process::pause);
        Thread.sleep(STOPPED_MILLIS);
        stage.fault("SIGCONT to " + gateway, process::resume);
        stage.cluster().awaitWhole();
        stage.awaitMoment();
    }

    private static void replace(Stage stage) throws IOException, InterruptedException {
        stage.awaitMoment();
        List<Slot> gateways = stage.cluster().gateways();
        // The first one is in every other node's list.
        Slot gateway = stage.any(gateways.subList(1, gateways.size()));
        int port = FreePorts.choose(1).getFirst();
        Launch next = gateway.launch()
                .with("cluster.port", String.valueOf(port))
                .with(
                        "cluster.state-folder",
                        stage.options().folder().resolve("state-of-" + port).toString());
        gateway.relaunch(next);
        stage.kill(List.of(gateway));
        stage.awaitMoment();
    }

    /** A gateway only while all of them are there: the loss of more than half at once is promised to nobody. */
    private static void killAgainAndAgain(Stage stage) throws IOException, InterruptedException {
        long end = System.nanoTime() + stage.lasting().toNanos();
        while (System.nanoTime() - end < 0) {
            stage.awaitAnswers(1);
            Thread.sleep(stage.random().nextInt(SHORTEST_MILLIS, LONGEST_MILLIS));
            List<Slot> victims = new ArrayList<>(stage.cluster().workers());
            if (stage.cluster().gatewaysAreWhole()) {
                victims.addAll(stage.cluster().gateways());
            }
            Slot victim = stage.any(victims);
            stage.fault("SIGKILL to " + victim, victim.process()::close);
        }
        stage.cluster().awaitWhole();
        stage.awaitMoment();
    }
}
