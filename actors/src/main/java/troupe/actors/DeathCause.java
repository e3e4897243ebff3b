package troupe.actors;

import java.util.Map;

/** Why an engine is gone, with its process or without. */
public enum DeathCause {
    /** The process broke off in native code; a JVM that meets one of the first three ends itself by the last. */
    SIGSEGV,
    SIGBUS,
    SIGILL,
    SIGABRT,
    /** The JVM had no memory left. A process that the kernel kills for want of memory ends as {@link #KILLED}. */
    OUT_OF_MEMORY,
    /** A step failed, and the engine's thread ended with it; the process lives. */
    ENGINE_FAILURE,
    /** SIGKILL: by an operator, a process manager, or the kernel, for want of memory or another reason. */
    KILLED,
    /** It was taken for dead because it made no step though it had work. */
    HUNG,
    /** It was asked to end, and others took over what ran. */
    HANDED_OVER,
    OTHER;

    /** What a JVM ends with under {@code -XX:+ExitOnOutOfMemoryError}. */
    private static final int OUT_OF_MEMORY_STATUS = 3;

    /** Added to a signal's number, in the status of a process that it ended. */
    private static final int SIGNALLED = 128;

    private static final Map<Integer, DeathCause> BY_SIGNAL =
            Map.of(4, SIGILL, 6, SIGABRT, 7, SIGBUS, 9, KILLED, 11, SIGSEGV);

    /** Whether what the engine computed may have brought this about, so that it counts against the requests that it had. */
    public boolean isSuspicious() {
        return switch (this) {
            case SIGSEGV, SIGBUS, SIGILL, SIGABRT, OUT_OF_MEMORY, ENGINE_FAILURE -> true;
            case KILLED, HUNG, HANDED_OVER, OTHER -> false;
        };
    }

    /** Of a process that ended with this status, as {@link Process#exitValue} gives it on Linux. */
    public static DeathCause ofStatus(int status) {
        return status == OUT_OF_MEMORY_STATUS ? OUT_OF_MEMORY : BY_SIGNAL.getOrDefault(status - SIGNALLED, OTHER);
    }

    /** Of an engine whose thread ended by this. */
    static DeathCause ofFailure(Throwable failure) {
        return failure instanceof OutOfMemoryError ? OUT_OF_MEMORY : ENGINE_FAILURE;
    }
}
