package troupe.http;

/** The client left too many events unread. */
final class SlowReaderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SlowReaderException(String message) {
        super(message, null, false, false);
    }
}
