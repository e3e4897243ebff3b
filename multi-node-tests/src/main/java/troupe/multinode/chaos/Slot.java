package troupe.multinode.chaos;

import troupe.multinode.Launch;
import troupe.multinode.NodeProcess;

/** A node's place in the cluster, whichever process fills it. */
public final class Slot {
    private final int number;
    private final String name;
    private volatile Launch launch;
    private volatile NodeProcess process;
    private volatile long startNanos;
    private volatile boolean held;

    Slot(int number, String name, Launch launch, NodeProcess process, long startNanos) {
        this.number = number;
        this.name = name;
        this.launch = launch;
        this.process = process;
        this.startNanos = startNanos;
    }

    int number() {
        return number;
    }

    /** {@code gateway-0}, for example. */
    public String name() {
        return name;
    }

    public Launch launch() {
        return launch;
    }

    public NodeProcess process() {
        return process;
    }

    /** When the process was started. */
    long startNanos() {
        return startNanos;
    }

    boolean isGateway() {
        return launch.isGateway();
    }

    /** What the next process is started with. */
    void relaunch(Launch next) {
        launch = next;
    }

    void started(NodeProcess fresh, long nanos) {
        process = fresh;
        startNanos = nanos;
    }

    /** Whether nobody starts it again when it dies. */
    boolean isHeld() {
        return held;
    }

    public void hold(boolean isHeld) {
        held = isHeld;
    }

    @Override
    public String toString() {
        return name + " (process " + process.pid() + ")";
    }
}
