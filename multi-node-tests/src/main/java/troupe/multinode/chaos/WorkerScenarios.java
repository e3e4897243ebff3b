package troupe.multinode.chaos;

import java.io.IOException;
import java.util.List;
import troupe.multinode.NodeProcess;

/** What happens to workers alone: no client's connection breaks. */
final class WorkerScenarios {
    private static final long STOPPED_MILLIS = 30_000;
    private static final long SLOW_MILLIS = 5_000;

    private WorkerScenarios() {}

    static List<Scenario> all() {
        return List.of(
                of("undisturbed", "nothing, to compare with", stage -> stage.awaitMoment()),
                of("worker-kill", "SIGKILL to a worker", WorkerScenarios::kill),
                of("worker-term", "SIGTERM to a worker: it hands over", WorkerScenarios::terminate),
                of("engine-thread-death", "a worker's engine thread dies", WorkerScenarios::killEngine),
                of("native-crash", "SIGSEGV inside a worker, as from a kernel", WorkerScenarios::crash),
                of("worker-stop-30s", "a worker is stopped (SIGSTOP) for 30 s", WorkerScenarios::stop),
                of("worker-oom", "a worker's heap is full for 10 s", WorkerScenarios::exhaust),
                of("all-workers", "SIGKILL to all workers at once", stage -> {
                    stage.awaitMoment();
                    stage.kill(stage.cluster().workers());
                    stage.awaitMoment();
                }),
                of("slow-node", "a worker computes at a fifth of its speed for 5 s", WorkerScenarios::slow));
    }

    private static Scenario of(String name, String what, Scenario.Script script) {
        return new Scenario(name, what, Scenario.Place.LOOPBACK, false, script);
    }

    private static Slot worker(Stage stage) throws IOException, InterruptedException {
        stage.awaitMoment();
        return stage.busyWorker();
    }

    private static void kill(Stage stage) throws IOException, InterruptedException {
        for (int i = 0; i < stage.options().rounds(); i++) {
            stage.kill(List.of(worker(stage)));
        }
    }

    private static void terminate(Stage stage) throws IOException, InterruptedException {
        for (int i = 0; i < stage.options().rounds(); i++) {
            Slot worker = worker(stage);
            NodeProcess process = worker.process();
            stage.fault("SIGTERM to " + worker, process::terminate);
            process.awaitEnd();
            stage.cluster().awaitWhole();
        }
    }

    private static void killEngine(Stage stage) throws IOException, InterruptedException {
        for (int i = 0; i < stage.options().rounds(); i++) {
            Slot worker = worker(stage);
            stage.fault(
                    "the engine of " + worker + " dies", () -> worker.process().tell(EngineFaults.DIE));
            stage.awaitMoment();
            stage.cluster().awaitWhole();
        }
    }

    private static void crash(Stage stage) throws IOException, InterruptedException {
        for (int i = 0; i < stage.options().rounds(); i++) {
            Slot worker = worker(stage);
            NodeProcess process = worker.process();
            stage.fault(worker + " crashes", () -> process.tell(EngineFaults.CRASH));
            process.awaitEnd();
            stage.cluster().awaitWhole();
        }
    }

    private static void stop(Stage stage) throws IOException, InterruptedException {
        Slot worker = worker(stage);
        NodeProcess process = worker.process();
        stage.fault("SIGSTOP to " + worker, process::pause);
        Thread.sleep(STOPPED_MILLIS);
        stage.fault("SIGCONT to " + worker, process::resume);
        stage.awaitMoment();
        stage.cluster().awaitWhole();
    }

    private static void exhaust(Stage stage) throws IOException, InterruptedException {
        Slot worker = worker(stage);
        stage.fault("the heap of " + worker + " is full", () -> worker.process().tell(EngineFaults.EXHAUST));
        Thread.sleep(12_000);
        stage.awaitMoment();
        stage.cluster().awaitWhole();
    }

    private static void slow(Stage stage) throws IOException, InterruptedException {
        Slot worker = worker(stage);
        stage.fault(worker + " becomes slow", () -> worker.process().tell(EngineFaults.SLOW));
        Thread.sleep(SLOW_MILLIS);
        stage.say(worker + " is as fast as before");
        worker.process().tell(EngineFaults.HEAL);
        stage.awaitMoment();
    }
}
