package troupe.cluster.control;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one line that goes over a control connection, from the process that connects: a token, then which life of which
 * node it is.
 */
record Hello(String token, String node, long life) {
    /** With the end of the line. */
    static final int MOST_BYTES = 512;

    private static final Pattern LINE =
            Pattern.compile("troupe-control ([0-9a-f]{32}) ([\\x21-\\x7E]{3,300}) (-?\\d{1,19})");

    /** The line, its end included. */
    byte[] toBytes() {
        return ("troupe-control " + token + " " + node + " " + life + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads to the end of the first line and no further; empty if that is no hello, or too long. */
    static Optional<Hello> read(InputStream in) throws IOException {
        byte[] line = new byte[MOST_BYTES];
        for (int length = 0; length < MOST_BYTES; length++) {
            int next = in.read();
            if (next == '\n') {
                return parse(new String(line, 0, length, StandardCharsets.US_ASCII));
            }
            if (next < 0) {
                return Optional.empty();
            }
            line[length] = (byte) next;
        }
        return Optional.empty();
    }

    private static Optional<Hello> parse(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Hello(matcher.group(1), matcher.group(2), Long.parseLong(matcher.group(3))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Takes as long whatever differs. */
    boolean hasToken(String expected) {
        return MessageDigest.isEqual(
                token.getBytes(StandardCharsets.US_ASCII), expected.getBytes(StandardCharsets.US_ASCII));
    }
}
