package troupe.http;

import akka.stream.Materializer;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A connection whose client goes when the test says so. */
final class OpenConnection implements Connection {
    final Disconnect disconnect = new Disconnect();

    @Override
    public Runnable onDisconnect(Runnable action) {
        return disconnect.onSignal(action);
    }

    @Override
    public <T> CompletionStage<T> run(Function<Materializer, CompletionStage<T>> streams) {
        throw new UnsupportedOperationException("the test runs the streams");
    }
}
