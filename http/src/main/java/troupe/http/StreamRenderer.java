package troupe.http;

import akka.util.ByteString;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.actors.SequenceEvent;

/** Server-sent events of one streamed answer: its chunks, its usage where wanted, and [DONE] once at the end. */
final class StreamRenderer {
    /** Nothing to say, and still there. */
    static final ByteString ALIVE = ByteString.fromString(": alive\n\n");

    private static final int USUAL_BYTES = 512;
    private static final byte[] DATA = bytes("data: ");
    private static final byte[] END = bytes("\n\n");
    private static final byte[] DONE = bytes("data: [DONE]\n\n");

    private final ApiRequest request;
    private final AnswerFormat format;
    private final @Nullable StreamCursor cursor;
    /** Of each choice that has said something, where no more than text is shown. */
    private final Map<Integer, TextChunk> textChunks = new HashMap<>();

    private int completed;
    private int promptTokens;
    private int cachedTokens;
    private int outputTokens;

    /** @param cursor where the client of a resumable answer is; null: the answer is not resumable */
    StreamRenderer(ApiRequest request, AnswerFormat format, @Nullable StreamCursor cursor) {
        this.request = request;
        this.format = format;
        this.cursor = cursor;
    }

    /** What is sent for an event; may be nothing. */
    ByteString render(PromptEvent numbered, int choice) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(USUAL_BYTES);
        if (cursor != null && numbered.event() instanceof SequenceEvent.Accepted accepted) {
            cursor.accepted(numbered.prompt(), accepted.answer());
        }
        if (cursor != null && numbered.event() instanceof SequenceEvent.Delta delta) {
            cursor.tokens(choice, delta.tokens().size());
        }
        if (numbered.event() instanceof SequenceEvent.Delta delta
                && request.options().showsTextAlone()) {
            writeText(out, choice, delta.text());
        } else {
            writeChunks(out, numbered, choice);
        }
        if (numbered.event() instanceof SequenceEvent.Completed done) {
            promptTokens += done.usage().prompt();
            cachedTokens += done.usage().cached();
            outputTokens += done.usage().output();
            completed++;
            if (isComplete()) {
                if (request.options().includeUsage() && (cursor == null || cursor.usage())) {
                    writeLine(
                            out, format.usageChunk(new SequenceEvent.Usage(promptTokens, cachedTokens, outputTokens)));
                }
                out.writeBytes(DONE);
            }
        } else if (numbered.event() instanceof SequenceEvent.Failed failed) {
            writeData(out, Json.error(ApiException.of(failed, request.promptParam())));
            out.writeBytes(DONE);
        }
        return ByteString.fromArrayUnsafe(out.toByteArray());
    }

    /** Whether every prompt has been answered in full. */
    boolean isComplete() {
        return completed == request.generations().size();
    }

    /** Whether the client of a resumable answer has not had a chunk; {@code index} counts those of one event. */
    private static boolean isNew(StreamCursor cursor, int choice, int index, SequenceEvent event) {
        return switch (event) {
            case SequenceEvent.Accepted ignored -> cursor.head(choice + index);
            case SequenceEvent.PromptScored ignored -> cursor.scores(choice);
            case SequenceEvent.ChoiceFinished ignored -> cursor.end(choice);
            default -> true;
        };
    }

    private void writeText(ByteArrayOutputStream out, int choice, String text) {
        if (!text.isEmpty()) {
            writePosition(out);
            out.writeBytes(DATA);
            textChunks
                    .computeIfAbsent(choice, index -> TextChunk.of(any -> format.textChunk(index, any)))
                    .write(text, out);
            out.writeBytes(END);
        }
    }

    private void writeChunks(ByteArrayOutputStream out, PromptEvent numbered, int choice) {
        int index = 0;
        for (ObjectNode chunk : format.chunks(numbered.prompt(), choice, numbered.event())) {
            if (cursor == null || isNew(cursor, choice, index++, numbered.event())) {
                writeLine(out, chunk);
            }
        }
    }

    private void writeLine(ByteArrayOutputStream out, ObjectNode chunk) {
        writePosition(out);
        writeData(out, chunk);
    }

    private void writePosition(ByteArrayOutputStream out) {
        if (cursor != null) {
            out.writeBytes(bytes("id: " + cursor.position() + '\n'));
        }
    }

    private void writeData(ByteArrayOutputStream out, ObjectNode chunk) {
        out.writeBytes(DATA);
        out.writeBytes(Json.bytes(chunk));
        out.writeBytes(END);
    }

    private static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }
}
