package troupe.actors;

/** Why a request got no (complete) answer. */
public enum FailureKind {
    /** The request itself; sending it again is no use. */
    INVALID,
    /** Prompt and wanted output exceed the context. */
    TOO_LONG,
    /** Its model is deployed no more. */
    NOT_DEPLOYED,
    /** No room now. */
    OVERLOADED,
    /** The node takes no new requests, or ended before this one. */
    DRAINING,
    DEADLINE,
    /** The reader let more events pile up than are kept. */
    SLOW_READER,
    INTERNAL
}
