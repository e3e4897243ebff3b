package troupe.cli.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor with real processes. */
@Timeout(300)
class SupervisorTest {
    @TempDir
    Path folder;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private final class Recorder implements Supervisor.Listener {
        @Override
        public void allReady() {
            heard.add("all ready");
        }

        @Override
        public void died(NodeSpec node, int status) {
            heard.add("died " + node.name() + " " + status);
        }
    }

    private Path journal() {
        return folder.resolve("journal");
    }

    private List<String> journalLines() throws Exception {
        return Files.exists(journal()) ? Files.readAllLines(journal()) : List.of();
    }

    /** Waits until a node has written that it started for the {@code times}-th time, and returns its process. */
    private ProcessHandle started(String name, int times) throws Exception {
        while (true) {
            List<String> starts = journalLines().stream()
                    .filter(line -> line.startsWith("start " + name + " "))
                    .toList();
            if (starts.size() >= times) {
                String pid = starts.get(times - 1).substring(("start " + name + " ").length());
                return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
            }
            Thread.sleep(20);
        }
    }

    private void awaitLine(String line) throws Exception {
        while (!journalLines().contains(line)) {
            Thread.sleep(20);
        }
    }

    private Supervisor supervisor(List<NodeSpec> nodes) {
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new Supervisor(new Supervisor.Parts(
                nodes,
                Duration.ofSeconds(10),
                (node, again) -> JvmCommand.of(FakeNode.class.getName(), node.arguments(), Map.of()),
                stream,
                stream,
                new Recorder(),
                System::nanoTime));
    }

    private static FutureTask<Integer> run(Supervisor supervisor) {
        FutureTask<Integer> running = new FutureTask<>(supervisor::run);
        Thread.ofPlatform().name("supervisor").start(running);
        return running;
    }

    @Test
    void shouldStartADeadNodeAgainAndEndAllInOrder() throws Exception {
        Supervisor supervisor = supervisor(List.of(
                FakeSupervisor.node("gateway-0", true, journal()), FakeSupervisor.node("worker-0", false, journal())));
        FutureTask<Integer> running = run(supervisor);
        assertEquals("all ready", heard.take());

        ProcessHandle killed = started("worker-0", 1);
        killed.destroyForcibly();
        assertEquals("died worker-0 137", heard.take());
        started("worker-0", 2);
        awaitLine("gateway-0 hears that worker-0:1, process " + killed.pid() + ", died with 137");
        supervisor.stop();

        assertEquals(0, running.get());
        List<String> ends = new ArrayList<>(journalLines());
        ends.removeIf(line -> line.startsWith("start") || line.contains(" hears "));
        assertEquals(List.of("drain gateway-0", "end worker-0", "end gateway-0"), ends);
        List<String> printed = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertTrue(printed.contains("gateway-0 | hello from gateway-0"), printed::toString);
        assertEquals(
                2,
                printed.stream()
                        .filter("worker-0  | hello from worker-0"::equals)
                        .count(),
                printed::toString);
        assertTrue(printed.stream().noneMatch(line -> line.contains("\u0001")), printed::toString);
    }

    @Test
    void shouldEndWithAnErrorWhenANodeCannotStart() throws Exception {
        NodeSpec wrong = new NodeSpec(
                "worker-0", false, "worker-0:1", List.of("worker-0", journal().toString(), "1"));
        Supervisor supervisor = supervisor(List.of(FakeSupervisor.node("gateway-0", true, journal()), wrong));
        assertEquals(1, run(supervisor).get());
        String printed = out.toString(StandardCharsets.UTF_8);
        assertTrue(printed.contains("worker-0  | a setting is wrong"), printed);
        assertTrue(printed.contains("worker-0 cannot start"), printed);
    }

    @Test
    void shouldLeaveNoOrphanWhenItIsKilled() throws Exception {
        Process process = JvmCommand.of(
                        FakeSupervisor.class.getName(), List.of(journal().toString()), Map.of())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        try {
            ProcessHandle gateway = started("gateway-0", 1);
            ProcessHandle worker = started("worker-0", 1);
            process.destroyForcibly();
            gateway.onExit().get(60, TimeUnit.SECONDS);
            worker.onExit().get(60, TimeUnit.SECONDS);
            assertTrue(journalLines().containsAll(List.of("end gateway-0", "end worker-0")));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldEndItsNodesInOrderOnTheTerminateSignal() throws Exception {
        Process process = JvmCommand.of(
                        FakeSupervisor.class.getName(), List.of(journal().toString()), Map.of())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        try {
            started("gateway-0", 1);
            started("worker-0", 1);
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            List<String> lines = journalLines();
            assertTrue(lines.indexOf("end worker-0") < lines.indexOf("end gateway-0"), lines::toString);
            assertTrue(lines.contains("end worker-0"), lines::toString);
        } finally {
            process.destroyForcibly();
        }
    }
}
