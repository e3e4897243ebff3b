package troupe.engine;

/** The answer to a submission. */
public enum Admission {
    /** The attempt will get exactly one terminal event, or the listener hears of the engine's death. */
    ACCEPTED,
    /** As many attempts wait as may wait; nothing was done. */
    FULL,
    /** The engine is draining, closed or dead; nothing was done. */
    CLOSED,
    /** A later owner of the sequence has an attempt here; nothing was done. An engine itself does not say this. */
    SUPERSEDED,
    /** The worker is kept for another request for a while; nothing was done. */
    RESERVED
}
