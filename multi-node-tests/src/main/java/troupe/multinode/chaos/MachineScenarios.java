package troupe.multinode.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import troupe.multinode.Launch;

/** What happens to the machine around nodes: its disk, its clock. */
final class MachineScenarios {
    private MachineScenarios() {}

    static List<Scenario> all() {
        return List.of(
                new Scenario(
                        "disk-full",
                        "the disk with a gateway's deployments is full while an operator changes one",
                        Scenario.Place.LOOPBACK,
                        false,
                        new DiskFull()),
                new Scenario(
                        "clock-jump",
                        "the clocks of a gateway and of a worker go forward by an hour, then back by two",
                        Scenario.Place.LOOPBACK,
                        false,
                        new ClockJump()));
    }

    /** The state folder of the gateway is a small file system of its own, which is filled. */
    private static final class DiskFull implements Scenario.Script {
        private @Nullable Path mounted;

        @Override
        public void prepare(Stage stage) throws IOException, InterruptedException {
            Needs.MOUNT.require();
            Slot gateway = gateway(stage);
            Path folder = stage.options().folder().resolve("full-disk");
            Files.createDirectories(folder);
            Shell.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.toString());
            mounted = folder;
            try (Stream<Path> files = Files.list(stage.cluster().stateFolder(gateway.number()))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, folder.resolve(file.getFileName()));
                }
            }
            stage.cluster().replace(gateway, gateway.launch().with("cluster.state-folder", folder.toString()));
        }

        private static Slot gateway(Stage stage) {
            return stage.cluster().gateways().getLast();
        }

        @Override
        public void play(Stage stage) throws IOException, InterruptedException {
            stage.awaitMoment();
            Path filler = stage.options().folder().resolve("full-disk").resolve("filler");
            stage.fault("the disk of " + gateway(stage) + " is full", () -> fill(filler));
            scale(stage, stage.options().workers() - 1);
            stage.awaitMoment();
            stage.say("the disk of " + gateway(stage) + " has room again");
            Files.delete(filler);
            scale(stage, stage.options().workers());
            stage.cluster().awaitWhole();
            stage.awaitMoment();
        }

        /** Asks the gateway whose disk is full. It may refuse; nothing else may happen. */
        private static void scale(Stage stage, int replicas) throws InterruptedException {
            String path = "/admin/deployments/" + stage.options().modelName() + "/scale";
            try {
                stage.cluster()
                        .probe()
                        .post(stage.cluster().url(gateway(stage)), path, "{\"replicas\": " + replicas + "}");
                stage.say("the change to " + replicas + " replicas is acknowledged");
            } catch (IOException e) {
                stage.say("the change to " + replicas + " replicas is refused: " + e.getMessage());
            }
        }

        private static void fill(Path file) throws IOException {
            byte[] bytes = new byte[4_096];
            try (var out = Files.newOutputStream(file)) {
                while (true) {
                    out.write(bytes);
                }
            } catch (IOException full) {
                if (!Files.exists(file)) {
                    throw full;
                }
            }
        }

        @Override
        public void restore(Stage stage) throws IOException, InterruptedException {
            Path folder = mounted;
            if (folder == null) {
                return;
            }
            Slot gateway = gateway(stage);
            Path state = stage.cluster().stateFolder(gateway.number());
            stage.cluster().replace(gateway, gateway.launch().with("cluster.state-folder", state.toString()));
            Shell.run("umount", folder.toString());
        }
    }

    /** Two nodes ask libfaketime for the time; their monotonic clock, which the machine keeps, does not jump. */
    private static final class ClockJump implements Scenario.Script {
        /** Until a node notices that its clock has jumped. */
        private static final String CLOCK_SECONDS = "1";

        private final List<Slot> jumping = new ArrayList<>();

        @Override
        public void prepare(Stage stage) throws IOException, InterruptedException {
            Path library = Needs.fakeTime();
            Path offset = offset(stage);
            Files.writeString(offset, "+0\n");
            Launch.Host host = new Launch.Host(
                    List.of(),
                    Map.of(
                            "LD_PRELOAD",
                            library.toString(),
                            "FAKETIME_TIMESTAMP_FILE",
                            offset.toString(),
                            "FAKETIME_CACHE_DURATION",
                            CLOCK_SECONDS,
                            "FAKETIME_DONT_FAKE_MONOTONIC",
                            "1",
                            "FAKETIME_FORCE_MONOTONIC_FIX",
                            "0"), // else all timed waits of the JVM end at once, and its threads take both cores
                    FaultyNode.class.getName());
            for (Slot slot : List.of(
                    stage.cluster().gateways().getLast(),
                    stage.cluster().workers().getLast())) {
                jumping.add(slot);
                stage.cluster().replace(slot, slot.launch().on(host));
            }
        }

        private static Path offset(Stage stage) {
            return stage.options().folder().resolve("clock");
        }

        @Override
        public void play(Stage stage) throws IOException, InterruptedException {
            for (String jump : List.of("+3600", "-3600", "+0")) {
                stage.awaitMoment();
                stage.fault(
                        "the clocks of " + jumping + " are " + jump + " s off",
                        () -> Files.writeString(offset(stage), jump + "\n"));
            }
            stage.awaitMoment();
        }

        @Override
        public void restore(Stage stage) throws IOException, InterruptedException {
            for (Slot slot : jumping) {
                Launch launch = slot.launch();
                stage.cluster()
                        .replace(
                                slot,
                                launch.on(new Launch.Host(
                                        List.of(), Map.of(), launch.host().main())));
            }
            jumping.clear();
        }
    }
}
