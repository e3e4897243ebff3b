package troupe.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import troupe.actors.SequenceEvent;

/** How an answer is shown. One per request, told of every event in order. */
interface AnswerFormat {
    /** The streamed chunks that an event gives. {@code choice} counts over all prompts. */
    List<ObjectNode> chunks(int prompt, int choice, SequenceEvent event);

    /** The last streamed chunk where usage is wanted. */
    ObjectNode usageChunk(SequenceEvent.Usage usage);

    /** The whole answer, from what {@link AnswerCollector} has kept. */
    ObjectNode answer(AnswerCollector collected);
}
