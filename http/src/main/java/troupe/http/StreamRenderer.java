package troupe.http;

import akka.http.scaladsl.model.HttpEntity;
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
    static final HttpEntity.ChunkStreamPart ALIVE = new HttpEntity.Chunk(ByteString.fromString(": alive\n\n"), "");

    private static final int USUAL_BYTES = 512;
    private static final byte[] DATA = bytes("data: ");
    private static final byte[] END = bytes("\n\n");
    private static final byte[] DONE = bytes("data: [DONE]\n\n");

    private final ApiRequest request;
    private final AnswerFormat format;
    private final @Nullable StreamCursor cursor;
    /** Of each choice that has said something, where no more than text is shown. */
    private final Map<Integer, TextChunk> textChunks = new HashMap<>();

    /** What is being rendered. */
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(USUAL_BYTES);

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

    /** What is sent for events; may be nothing. */
    ByteString render(PromptEvents numbered) {
        out.reset();
        for (SequenceEvent event : numbered.events()) {
            render(numbered.prompt(), event);
        }
        return out.size() == 0 ? ByteString.emptyByteString() : ByteString.fromArrayUnsafe(out.toByteArray());
    }

    private void render(int prompt, SequenceEvent event) {
        int choice = request.choice(prompt, event);
        if (cursor != null && event instanceof SequenceEvent.Accepted accepted) {
            cursor.accepted(prompt, accepted.answer());
        }
        if (cursor != null && event instanceof SequenceEvent.Delta delta) {
            cursor.tokens(choice, delta.tokens().size());
        }
        if (event instanceof SequenceEvent.Delta delta && request.options().showsTextAlone()) {
            writeText(choice, delta.text());
        } else {
            writeChunks(prompt, choice, event);
        }
        if (event instanceof SequenceEvent.Completed done) {
            promptTokens += done.usage().prompt();
            cachedTokens += done.usage().cached();
            outputTokens += done.usage().output();
            completed++;
            if (isComplete()) {
                if (request.options().includeUsage() && (cursor == null || cursor.usage())) {
                    writeLine(format.usageChunk(new SequenceEvent.Usage(promptTokens, cachedTokens, outputTokens)));
                }
                out.writeBytes(DONE);
            }
        } else if (event instanceof SequenceEvent.Failed failed) {
            writeData(Json.error(ApiException.of(failed, request.promptParam())));
            out.writeBytes(DONE);
        }
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

    private void writeText(int choice, String text) {
        if (!text.isEmpty()) {
            writePosition();
            out.writeBytes(DATA);
            textChunks
                    .computeIfAbsent(choice, index -> TextChunk.of(any -> format.textChunk(index, any)))
                    .write(text, out);
            out.writeBytes(END);
        }
    }

    private void writeChunks(int prompt, int choice, SequenceEvent event) {
        int index = 0;
        for (ObjectNode chunk : format.chunks(prompt, choice, event)) {
            if (cursor == null || isNew(cursor, choice, index++, event)) {
                writeLine(chunk);
            }
        }
    }

    private void writeLine(ObjectNode chunk) {
        writePosition();
        writeData(chunk);
    }

    private void writePosition() {
        if (cursor != null) {
            out.writeBytes(bytes("id: " + cursor.position() + '\n'));
        }
    }

    private void writeData(ObjectNode chunk) {
        out.writeBytes(DATA);
        out.writeBytes(Json.bytes(chunk));
        out.writeBytes(END);
    }

    private static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }
}
