package troupe.multinode.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import troupe.cli.Main;

/** A node like any other, except that its engines fail as its standard input says, a command of {@link EngineFaults} a line. */
public final class FaultyNode {
    private FaultyNode() {}

    public static void main(String[] arguments) {
        EngineFaults faults = new EngineFaults();
        Thread.ofPlatform().daemon().name("faults").start(() -> listen(faults));
        int status = Main.run(faults::wrap, arguments);
        if (status != 0) {
            System.exit(status);
        }
    }

    private static void listen(EngineFaults faults) {
        try (BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                System.out.println("told to " + line);
                faults.obey(line);
            }
        } catch (IOException e) {
            System.out.println("commands cannot be read any more: " + e);
        }
    }
}
