package troupe.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which trace of its client's a request belongs to (W3C Trace Context, header {@code traceparent}).
 *
 * @param traceId 32 lower-case hexadecimal digits, not all zero
 * @param parentId of the client's span: 16 of them, not all zero
 * @param flags the lowest bit: the client records the trace
 */
record TraceContext(String traceId, String parentId, int flags) {
    private static final Pattern HEADER =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
    private static final String FIRST_VERSION = "00";
    private static final String NO_VERSION = "ff";
    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);

    /** Empty where the header is not what the specification asks for: it is then to be ignored. */
    static Optional<TraceContext> parse(String header) {
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String version = matcher.group(1);
        boolean isKnown = !version.equals(NO_VERSION) && (!version.equals(FIRST_VERSION) || matcher.group(5) == null);
        String trace = matcher.group(2);
        String parent = matcher.group(3);
        return isKnown && !trace.equals(NO_TRACE) && !parent.equals(NO_SPAN)
                ? Optional.of(new TraceContext(trace, parent, Integer.parseInt(matcher.group(4), 16)))
                : Optional.empty();
    }
}
