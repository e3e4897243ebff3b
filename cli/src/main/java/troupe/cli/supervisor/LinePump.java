package troupe.cli.supervisor;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Cuts a stream into lines and hands them over one by one. Holds one line at most: a longer one is handed over in pieces
 * of {@link #MOST_BYTES}. Whoever takes the lines slows the writer down; nothing is dropped.
 */
final class LinePump {
    static final int MOST_BYTES = 16 << 10;

    private LinePump() {}

    /** Returns when the stream has ended, or can no longer be read. */
    static void run(InputStream stream, Consumer<String> lines) {
        byte[] line = new byte[MOST_BYTES];
        int length = 0;
        try (InputStream in = new BufferedInputStream(stream)) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b == '\n' || length == MOST_BYTES) {
                    lines.accept(text(line, length));
                    length = 0;
                }
                if (b != '\n') {
                    line[length++] = (byte) b;
                }
            }
        } catch (IOException e) {
            // The process is gone, and its pipe with it: an end like any other.
        }
        if (length > 0) {
            lines.accept(text(line, length));
        }
    }

    private static String text(byte[] line, int length) {
        int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        return new String(line, 0, end, StandardCharsets.UTF_8);
    }
}
