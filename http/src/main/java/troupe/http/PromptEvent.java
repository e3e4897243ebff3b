package troupe.http;

import troupe.actors.SequenceEvent;

/** An event of the request's prompt number {@code prompt}. */
record PromptEvent(int prompt, SequenceEvent event) {}
