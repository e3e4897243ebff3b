package troupe.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.function.Function;

/** A streamed chunk of which nothing but one text changes from token to token: the bytes that stay are made once. */
final class TextChunk {
    private static final String MARK = "\0";
    private static final byte[] SHOWN_MARK = Json.bytes(MARK);

    private final byte[] before;
    private final byte[] after;

    private TextChunk(byte[] before, byte[] after) {
        this.before = before;
        this.after = after;
    }

    /** @param chunk with a given text, which no other variable field follows */
    static TextChunk of(Function<String, ObjectNode> chunk) {
        byte[] marked = Json.bytes(chunk.apply(MARK));
        int at = marked.length - SHOWN_MARK.length;
        while (!Arrays.equals(marked, at, at + SHOWN_MARK.length, SHOWN_MARK, 0, SHOWN_MARK.length)) {
            at--;
        }
        return new TextChunk(
                Arrays.copyOf(marked, at), Arrays.copyOfRange(marked, at + SHOWN_MARK.length, marked.length));
    }

    /** Writes the chunk with {@code text}, as it would be written whole. */
    void write(String text, ByteArrayOutputStream out) {
        out.writeBytes(before);
        out.writeBytes(Json.bytes(text));
        out.writeBytes(after);
    }
}
