package troupe.cli.supervisor;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** A running child: its output passed on line by line under its name, its control lines turned into signals. */
final class NodeProcess {
    /** What a child lets its supervisor know; called on threads of the child's streams. */
    interface Listener {
        void ready(NodeProcess process);

        void drained(NodeProcess process);

        /** After everything that it printed was passed on. */
        void ended(NodeProcess process, int status);
    }

    private final NodeSpec spec;
    private final Process process;

    private NodeProcess(NodeSpec spec, Process process) {
        this.spec = spec;
        this.process = process;
    }

    /**
     * @param out and {@code err} take whole lines, prefixed already
     * @throws UncheckedIOException if the process cannot be started
     */
    static NodeProcess start(
            NodeSpec spec,
            ProcessBuilder command,
            String prefix,
            Consumer<String> out,
            Consumer<String> err,
            Listener listener) {
        Process process;
        try {
            process = command.start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + spec.name(), e);
        }
        NodeProcess node = new NodeProcess(spec, process);
        Thread errors = Thread.ofVirtual()
                .name(spec.name() + "-stderr")
                .start(() -> LinePump.run(process.getErrorStream(), line -> err.accept(prefix + line)));
        Thread.ofVirtual().name(spec.name() + "-stdout").start(() -> {
            LinePump.run(process.getInputStream(), line -> {
                switch (line) {
                    case ControlProtocol.READY -> listener.ready(node);
                    case ControlProtocol.DRAINED -> listener.drained(node);
                    default -> out.accept(prefix + line);
                }
            });
            try {
                errors.join();
                listener.ended(node, process.waitFor());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return node;
    }

    NodeSpec spec() {
        return spec;
    }

    long pid() {
        return process.pid();
    }

    /** Tells the node to drain; a node that is gone needs none. */
    void drain() {
        say(ControlProtocol.DRAIN);
    }

    /** Tells a gateway that another node's process has ended. */
    void tell(ControlProtocol.Died died) {
        say(died.toLine());
    }

    private void say(String line) {
        try {
            OutputStream in = process.getOutputStream();
            in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            in.flush();
        } catch (IOException e) {
            // Its end is reported by the listener.
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }
}
