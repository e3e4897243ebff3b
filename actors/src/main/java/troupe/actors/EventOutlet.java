package troupe.actors;

import java.util.List;

/** Where the events of a request go on their way to its listener. */
sealed interface EventOutlet permits ListenerWindow, AnswerLog {
    /** Whether the request is accepted. */
    boolean isOpen();

    /** The request is accepted: what was held is sent. */
    void open(List<SequenceEffect> effects);

    /** Sends or holds an event; false if there is no room for it. The last event of all always finds room. */
    boolean offer(SequenceEvent event, List<SequenceEffect> effects);

    /** Sends or holds an event that the listener can do without, if it is not far behind. */
    void inform(SequenceEvent event, List<SequenceEffect> effects);

    /** Events that were sent and not read. */
    long unread();
}
