package troupe.cli.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A process that supervises two {@link FakeNode}s. */
final class FakeSupervisor {
    private FakeSupervisor() {}

    public static void main(String[] arguments) throws Exception {
        Supervisor supervisor = of(
                List.of(node("gateway-0", true, Path.of(arguments[0])), node("worker-0", false, Path.of(arguments[0]))),
                new SilentListener());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            supervisor.stop();
            try {
                supervisor.awaitEnd();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        supervisor.run();
    }

    static NodeSpec node(String name, boolean gateway, Path journal) {
        return new NodeSpec(name, gateway, name + ":1", List.of(name, journal.toString()));
    }

    static Supervisor of(List<NodeSpec> nodes, Supervisor.Listener listener) {
        return new Supervisor(new Supervisor.Parts(
                nodes,
                Duration.ofSeconds(10),
                (node, again) -> JvmCommand.of(FakeNode.class.getName(), node.arguments(), Map.of()),
                System.out,
                System.err,
                listener,
                System::nanoTime));
    }

    private static final class SilentListener implements Supervisor.Listener {
        @Override
        public void allReady() {}

        @Override
        public void died(NodeSpec node, int status) {}
    }
}
