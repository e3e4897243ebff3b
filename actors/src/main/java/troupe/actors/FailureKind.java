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
    /** No room now for its tenant, since others want some too. */
    TENANT_LIMIT,
    /** The node takes no new requests, or ended before this one. */
    DRAINING,
    DEADLINE,
    /** The reader let more events pile up than are kept. */
    SLOW_READER,
    /** Another connection reads the answer now. */
    DETACHED,
    /** The request goes on at another gateway: its client finds it there. */
    MOVED,
    /** The gateway has lost touch with most others, so that these go on with its resumable requests. */
    CUT_OFF,
    /** Its id is that of another request. */
    RESUME_CONFLICT,
    /** What its client has read a part of is not known, and cannot be computed again. */
    RESUME_NOT_FOUND,
    /** Workers went down by this request, or by an equal one before. */
    CRASHES_WORKERS,
    INTERNAL
}
