package troupe.multinode.chaos;

/**
 * A request that has one answer.
 *
 * @param name says its kind
 * @param streamed or answered in one piece
 * @param resumable whether its client takes the stream up at another gateway
 */
public record Question(String name, String path, String body, boolean streamed, boolean resumable) {
    /** The same, asked by a client that takes it up. */
    public Question resuming() {
        return new Question(name, path, body, streamed, true);
    }
}
