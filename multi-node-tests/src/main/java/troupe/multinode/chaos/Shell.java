package troupe.multinode.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs the commands of the machine: {@code ip}, {@code nft}, {@code mount}. */
final class Shell {
    private Shell() {}

    /** @throws IOException if it ends with a status other than zero; the message has its output */
    static void run(String... command) throws IOException, InterruptedException {
        feed("", command);
    }

    /** With {@code input} as its standard input. */
    static void feed(String input, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var writer = process.outputWriter()) {
            writer.write(input);
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + status + ": " + output.strip());
        }
    }

    /** Whether all of these commands succeed. */
    static boolean works(List<List<String>> commands) throws InterruptedException {
        try {
            for (List<String> command : commands) {
                run(command.toArray(String[]::new));
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
