package troupe.cli.supervisor;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a supervisor and its child say to each other, one line each: the supervisor on the child's standard input, whose
 * end means that the supervisor is gone; the child on its standard output, between the lines that are for people.
 */
final class ControlProtocol {
    /** To the child: refuse what is new, and report when nothing is open. */
    static final String DRAIN = "drain";

    /** From the child: it serves. The first character keeps these lines apart from everything that is printed. */
    static final String READY = "\u0001ready";

    /** From the child: nothing is open any more. */
    static final String DRAINED = "\u0001drained";

    private static final Pattern DIED = Pattern.compile("died (\\S{1,300}) (\\d{1,18}) (-?\\d{1,9})");

    /**
     * To a child that is a gateway: a node's process has ended.
     *
     * @param address {@code host:port} of the cluster protocol
     */
    record Died(String address, long pid, int status) {
        String toLine() {
            return "died " + address + " " + pid + " " + status;
        }

        /** Empty if the line says something else. */
        static Optional<Died> parse(String line) {
            Matcher matcher = DIED.matcher(line);
            return matcher.matches()
                    ? Optional.of(new Died(
                            matcher.group(1), Long.parseLong(matcher.group(2)), Integer.parseInt(matcher.group(3))))
                    : Optional.empty();
        }
    }

    private ControlProtocol() {}
}
