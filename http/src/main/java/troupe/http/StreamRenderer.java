package troupe.http;

import akka.util.ByteString;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import troupe.actors.SequenceEvent;

/** Server-sent events of one streamed answer: its chunks, its usage where wanted, and [DONE] once at the end. */
final class StreamRenderer {
    private static final ByteString DATA = ByteString.fromString("data: ");
    private static final ByteString END = ByteString.fromString("\n\n");
    private static final ByteString DONE = ByteString.fromString("data: [DONE]\n\n");

    private final ApiRequest request;
    private final AnswerFormat format;
    private int completed;
    private int promptTokens;
    private int cachedTokens;
    private int outputTokens;

    StreamRenderer(ApiRequest request, AnswerFormat format) {
        this.request = request;
        this.format = format;
    }

    /** What is sent for an event; may be nothing. */
    List<ByteString> render(PromptEvent numbered, int choice) {
        List<ByteString> lines = new ArrayList<>();
        for (ObjectNode chunk : format.chunks(numbered.prompt(), choice, numbered.event())) {
            lines.add(line(chunk));
        }
        if (numbered.event() instanceof SequenceEvent.Completed done) {
            promptTokens += done.usage().prompt();
            cachedTokens += done.usage().cached();
            outputTokens += done.usage().output();
            completed++;
            if (isComplete()) {
                if (request.options().includeUsage()) {
                    lines.add(
                            line(format.usageChunk(new SequenceEvent.Usage(promptTokens, cachedTokens, outputTokens))));
                }
                lines.add(DONE);
            }
        } else if (numbered.event() instanceof SequenceEvent.Failed failed) {
            lines.add(line(Json.error(ApiException.of(failed.kind(), failed.message(), request.promptParam()))));
            lines.add(DONE);
        }
        return lines;
    }

    /** Whether every prompt has been answered in full. */
    boolean isComplete() {
        return completed == request.generations().size();
    }

    private static ByteString line(ObjectNode chunk) {
        return DATA.concat(ByteString.fromArrayUnsafe(Json.bytes(chunk))).concat(END);
    }
}
