package troupe.cli.supervisor;

import java.io.InputStream;
import java.io.PrintStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The child's side of supervision: does what the supervisor says on standard input, and ends when that ends, so that no
 * node outlives a supervisor that was killed.
 */
public final class SupervisedNode {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedNode.class);

    /** What a node can be told. */
    public interface Node {
        /** Refuses what is new and finishes what is open, within the limit of its settings; returns when nothing is open. */
        void drain();

        /** The process of another node, a gateway or not, has ended with this status. Does not wait. */
        void died(String address, long pid, int status);

        /** Ends the process in good order; called on a thread of its own, need not return. */
        void end();
    }

    private final PrintStream out;

    private SupervisedNode(PrintStream out) {
        this.out = out;
    }

    /**
     * Begins to listen to the supervisor.
     *
     * @param in what the supervisor says; its end ends the node
     * @param out where the supervisor reads
     */
    public static SupervisedNode listen(InputStream in, PrintStream out, Node node) {
        SupervisedNode supervised = new SupervisedNode(out);
        Thread.ofPlatform().daemon().name("supervised").start(() -> {
            LinePump.run(in, line -> {
                if (line.equals(ControlProtocol.DRAIN)) {
                    node.drain();
                    supervised.say(ControlProtocol.DRAINED);
                } else {
                    ControlProtocol.Died.parse(line)
                            .ifPresentOrElse(
                                    died -> node.died(died.address(), died.pid(), died.status()),
                                    () -> LOG.warn("the supervisor says something unknown: '{}'", line));
                }
            });
            LOG.info("the supervisor is gone: ending");
            node.end();
        });
        return supervised;
    }

    /** To be called once, when the node serves. */
    public void ready() {
        say(ControlProtocol.READY);
    }

    private void say(String line) {
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }

    /**
     * Leaves the terminal's process group, so that Ctrl-C reaches the supervisor alone, which ends its nodes in order.
     * Where that cannot be done the node ends together with the others, less gently. It stays in the terminal's session:
     * Linux shares the processor between sessions first, so with one for each node a moment's work of a gateway would
     * wait for the engines' turns.
     */
    @SuppressWarnings("restricted") // every JVM of ours enables native access
    public static void leaveTerminal() {
        try {
            Linker linker = Linker.nativeLinker();
            MethodHandle setpgid = linker.downcallHandle(
                    linker.defaultLookup().find("setpgid").orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            int status = (int) setpgid.invokeExact(0, 0);
            if (status < 0) {
                LOG.debug("setpgid refused: the process leads a session");
            }
        } catch (Throwable e) {
            LOG.warn("this process stays in the terminal's process group", e);
        }
    }
}
