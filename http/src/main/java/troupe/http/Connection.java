package troupe.http;

import akka.stream.Materializer;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** The connection that a request came on, while the request is being answered. Thread-safe. */
interface Connection {
    /**
     * Runs {@code action} when the client has closed the connection or it is over, once; now if it has.
     *
     * @return forgets the action
     */
    Runnable onDisconnect(Runnable action);

    /**
     * Runs streams inside the actor of the connection's own stream, so that nothing that flows between the two changes
     * threads.
     *
     * @param streams is called in that actor, and may use the materializer during the call alone
     * @return what it gives; fails with an {@link ApiException} where the client goes before it is called
     */
    <T> CompletionStage<T> run(Function<Materializer, CompletionStage<T>> streams);
}
