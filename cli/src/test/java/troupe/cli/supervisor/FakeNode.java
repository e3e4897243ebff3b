package troupe.cli.supervisor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A node without an engine: writes what happens to it into a file, and does what its supervisor says. */
final class FakeNode {
    private FakeNode() {}

    public static void main(String[] arguments) throws Exception {
        String name = arguments[0];
        Path journal = Path.of(arguments[1]);
        SupervisedNode.leaveTerminal();
        SupervisedNode supervised = SupervisedNode.listen(System.in, System.out, new SupervisedNode.Node() {
            @Override
            public void drain() {
                note(journal, "drain " + name);
            }

            @Override
            public void died(String address, long pid, int status) {
                note(journal, name + " hears that " + address + ", process " + pid + ", died with " + status);
            }

            @Override
            public void end() {
                System.exit(0);
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> note(journal, "end " + name)));
        if (arguments.length > 2) {
            System.err.println("a setting is wrong");
            Runtime.getRuntime().halt(Integer.parseInt(arguments[2]));
        }
        System.out.println("hello from " + name);
        note(journal, "start " + name + " " + ProcessHandle.current().pid());
        supervised.ready();
        Thread.sleep(Long.MAX_VALUE);
    }

    private static synchronized void note(Path journal, String line) {
        try {
            Files.writeString(journal, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
