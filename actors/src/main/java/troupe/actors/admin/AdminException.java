package troupe.actors.admin;

/** A wish that is refused, and why, in words for the operator. */
public final class AdminException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What kind of refusal: decides the HTTP status. */
    public enum Kind {
        /** A value is not acceptable. */
        INVALID,
        /** There is no such node or model. */
        UNKNOWN,
        /** Not now: a conflict with what is there, or no majority. */
        UNAVAILABLE
    }

    private final Kind kind;

    public AdminException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
