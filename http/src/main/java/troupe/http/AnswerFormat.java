package troupe.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import troupe.actors.SequenceEvent;

/** How an answer is shown. One per request, told of every event in order. */
interface AnswerFormat {
    /**
     * The streamed chunks that an event gives; of a delta, where more than its text is shown: otherwise it gives
     * {@link #textChunk}, or nothing where it has no text. {@code choice} counts over all prompts.
     */
    List<ObjectNode> chunks(int prompt, int choice, SequenceEvent event);

    /** The streamed chunk that brings text of a choice and nothing more; what follows the text is always the same. */
    ObjectNode textChunk(int choice, String text);

    /** A streamed chunk that has its head alone. */
    ObjectNode chunk();

    /** The last streamed chunk where usage is wanted. */
    default ObjectNode usageChunk(SequenceEvent.Usage usage) {
        ObjectNode chunk = chunk();
        chunk.putArray("choices");
        chunk.set("usage", TokenRenderer.usage(usage));
        return chunk;
    }

    /** The whole answer, from what {@link AnswerCollector} has kept. */
    ObjectNode answer(AnswerCollector collected);

    /**
     * What every answer and every chunk begins with.
     *
     * @param created seconds since 1970
     */
    static ObjectNode head(String id, String object, long created, String model) {
        return Json.object()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", model);
    }
}
