package troupe.actors;

/**
 * What a request's listener is sent: the events themselves, or, where the request is resumable, each as the log has it.
 */
public sealed interface ListenerMessage extends CborSerializable permits SequenceEvent, LoggedEvent, SignOfLife {}
