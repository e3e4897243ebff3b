package troupe.http;

import akka.util.ByteString;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.SequenceEvent;

/** Server-sent events of one streamed answer: its chunks, its usage where wanted, and [DONE] once at the end. */
final class StreamRenderer {
    /** Nothing to say, and still there. */
    static final ByteString ALIVE = ByteString.fromString(": alive\n\n");

    private static final ByteString DATA = ByteString.fromString("data: ");
    private static final ByteString END = ByteString.fromString("\n\n");
    private static final ByteString DONE = ByteString.fromString("data: [DONE]\n\n");

    private final ApiRequest request;
    private final AnswerFormat format;
    private final @Nullable StreamCursor cursor;
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
    List<ByteString> render(PromptEvent numbered, int choice) {
        List<ByteString> lines = new ArrayList<>();
        if (cursor != null && numbered.event() instanceof SequenceEvent.Accepted accepted) {
            cursor.accepted(numbered.prompt(), accepted.answer());
        }
        if (cursor != null && numbered.event() instanceof SequenceEvent.Delta delta) {
            cursor.tokens(choice, delta.tokens().size());
        }
        int index = 0;
        for (ObjectNode chunk : format.chunks(numbered.prompt(), choice, numbered.event())) {
            if (cursor == null || isNew(cursor, choice, index++, numbered.event())) {
                lines.add(line(chunk));
            }
        }
        if (numbered.event() instanceof SequenceEvent.Completed done) {
            promptTokens += done.usage().prompt();
            cachedTokens += done.usage().cached();
            outputTokens += done.usage().output();
            completed++;
            if (isComplete()) {
                if (request.options().includeUsage() && (cursor == null || cursor.usage())) {
                    lines.add(
                            line(format.usageChunk(new SequenceEvent.Usage(promptTokens, cachedTokens, outputTokens))));
                }
                lines.add(DONE);
            }
        } else if (numbered.event() instanceof SequenceEvent.Failed failed) {
            lines.add(data(Json.error(ApiException.of(failed, request.promptParam()))));
            lines.add(DONE);
        }
        return lines;
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

    private ByteString line(ObjectNode chunk) {
        return cursor == null
                ? data(chunk)
                : ByteString.fromString("id: " + cursor.position() + '\n').concat(data(chunk));
    }

    private static ByteString data(ObjectNode chunk) {
        return DATA.concat(ByteString.fromArrayUnsafe(Json.bytes(chunk))).concat(END);
    }
}
