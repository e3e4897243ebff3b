package troupe.multinode.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What happens to the network between nodes. */
final class NetworkScenarios {
    private static final long CUT_MILLIS = 12_000;
    private static final long SHORT_CUT_MILLIS = 8_000;
    private static final long LOSS_MILLIS = 15_000;
    private static final int LOSS_PERCENT = 5;
    private static final long DELAY_MILLIS = 200;
    private static final int THREE = 3;

    private NetworkScenarios() {}

    static List<Scenario> all() {
        return List.of(
                of(
                        "partition-gateways",
                        "one of three gateways is cut off from all other nodes for 12 s",
                        true,
                        NetworkScenarios::cutGateway),
                of(
                        "partition-worker",
                        "a worker is cut off from all other nodes for 12 s",
                        false,
                        NetworkScenarios::cutWorker),
                of(
                        "one-way-loss",
                        "nothing that a worker sends arrives for 8 s, while it receives everything",
                        false,
                        NetworkScenarios::muteWorker),
                of(
                        "loss-5-percent",
                        "5 % of all packets between nodes are lost for 15 s",
                        false,
                        NetworkScenarios::lose),
                of(
                        "delay-200ms",
                        "what is sent to a gateway and to a worker, and answered on the same connection, comes 200 ms late",
                        false,
                        new Delay()));
    }

    private static Scenario of(String name, String what, boolean gatewayDies, Scenario.Script script) {
        return new Scenario(name, what, Scenario.Place.NAMESPACES, gatewayDies, script);
    }

    private static NamespaceSite site(Stage stage) {
        return (NamespaceSite) stage.cluster().site();
    }

    private static List<Integer> others(Stage stage, int node) {
        return IntStream.range(0, stage.options().nodes())
                .filter(other -> other != node)
                .boxed()
                .toList();
    }

    /** Not the first gateway of the list, which would form a cluster of its own when it is started while it is alone. */
    private static void cutGateway(Stage stage) throws IOException, InterruptedException {
        if (stage.options().gateways() < THREE) {
            throw new Needs.MissingException("it takes three gateways");
        }
        stage.awaitMoment();
        List<Slot> gateways = stage.cluster().gateways();
        cut(stage, stage.any(gateways.subList(1, gateways.size())));
    }

    private static void cutWorker(Stage stage) throws IOException, InterruptedException {
        stage.awaitMoment();
        cut(stage, stage.busyWorker());
    }

    private static void cut(Stage stage, Slot alone) throws IOException, InterruptedException {
        List<Integer> others = others(stage, alone.number());
        stage.fault(alone + " is cut off", () -> {
            site(stage).cut(List.of(alone.number()), others);
            site(stage).cut(others, List.of(alone.number()));
        });
        heal(stage, CUT_MILLIS);
    }

    private static void muteWorker(Stage stage) throws IOException, InterruptedException {
        stage.awaitMoment();
        Slot mute = stage.busyWorker();
        stage.fault(
                "nobody hears " + mute, () -> site(stage).cut(List.of(mute.number()), others(stage, mute.number())));
        heal(stage, SHORT_CUT_MILLIS);
    }

    private static void lose(Stage stage) throws IOException, InterruptedException {
        stage.awaitMoment();
        stage.fault(
                LOSS_PERCENT + " % of all packets are lost", () -> site(stage).lose(LOSS_PERCENT));
        heal(stage, LOSS_MILLIS);
    }

    private static void heal(Stage stage, long afterMillis) throws IOException, InterruptedException {
        try {
            Thread.sleep(afterMillis);
        } finally {
            site(stage).heal();
        }
        stage.say("everything arrives again");
        stage.awaitMoment();
        stage.cluster().awaitWhole();
    }

    /** Takes new connections, so that the nodes start while their links are slow already. */
    private static final class Delay implements Scenario.Script {
        private final List<Slot> late = new ArrayList<>();

        @Override
        public void prepare(Stage stage) throws IOException, InterruptedException {
            for (Slot slot : List.of(
                    stage.cluster().gateways().getLast(),
                    stage.cluster().workers().getLast())) {
                late.add(slot);
                site(stage).delay(slot.number(), DELAY_MILLIS);
                stage.cluster().replace(slot, slot.launch());
            }
        }

        @Override
        public void play(Stage stage) throws IOException, InterruptedException {
            stage.awaitMoment();
            stage.fault(late + " are " + DELAY_MILLIS + " ms away", () -> {});
            stage.awaitAnswers(3 * stage.options().clients());
        }

        @Override
        public void restore(Stage stage) throws IOException, InterruptedException {
            site(stage).hurry();
            for (Slot slot : late) {
                stage.cluster().replace(slot, slot.launch());
            }
            late.clear();
        }
    }
}
