package troupe.client;

/** What a status of HTTP means for a request that can be repeated. */
enum Verdict {
    /** The stream follows. */
    ANSWERED,
    /** The gateway, or what stands before it, cannot now. */
    LATER,
    /** Another attempt would be answered the same. */
    FINAL;

    static Verdict of(int status) {
        return switch (status) {
            case 200 -> ANSWERED;
            case 429, 502, 503 -> LATER;
            default -> FINAL;
        };
    }
}
