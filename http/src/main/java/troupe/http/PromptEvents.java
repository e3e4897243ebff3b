package troupe.http;

import java.util.List;
import troupe.actors.SequenceEvent;

/** Events of the request's prompt number {@code prompt}, in order, at least one. */
record PromptEvents(int prompt, List<SequenceEvent> events) {
    PromptEvents {
        events = List.copyOf(events);
    }
}
