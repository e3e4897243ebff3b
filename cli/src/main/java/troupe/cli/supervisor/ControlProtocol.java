package troupe.cli.supervisor;

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

    private ControlProtocol() {}
}
