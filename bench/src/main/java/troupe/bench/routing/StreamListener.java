package troupe.bench.routing;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import troupe.actors.ListenerMessage;
import troupe.actors.Sequence;
import troupe.actors.SequenceEvent;

/** Reads the answer to one request as a client would, and notes when its tokens come. */
final class StreamListener extends AbstractBehavior<ListenerMessage> {
    /** What a client sees. Called on an actor's thread; IllegalStateException fails the request. */
    interface Client {
        void tokens(int count);

        void completed(SequenceEvent.Usage usage);
    }

    private final Client client;
    private final CompletableFuture<Void> ended;
    private SequenceEvent.@Nullable Accepted accepted;
    private long read;

    private StreamListener(ActorContext<ListenerMessage> context, Client client, CompletableFuture<Void> ended) {
        super(context);
        this.client = client;
        this.ended = ended;
    }

    /** @param ended completes with the answer, or with its failure */
    static Behavior<ListenerMessage> create(Client client, CompletableFuture<Void> ended) {
        return Behaviors.setup(context -> new StreamListener(context, client, ended));
    }

    @Override
    public Receive<ListenerMessage> createReceive() {
        return newReceiveBuilder().onMessage(SequenceEvent.class, this::onEvent).build();
    }

    private Behavior<ListenerMessage> onEvent(SequenceEvent event) {
        try {
            return handle(event);
        } catch (IllegalStateException e) {
            ended.completeExceptionally(e);
            return Behaviors.stopped();
        }
    }

    private Behavior<ListenerMessage> handle(SequenceEvent event) {
        read++;
        switch (event) {
            case SequenceEvent.Accepted first -> accepted = first;
            case SequenceEvent.Delta delta -> client.tokens(delta.tokens().size());
            case SequenceEvent.Completed(var ignored, var usage) -> {
                client.completed(usage);
                ended.complete(null);
                return Behaviors.stopped();
            }
            case SequenceEvent.Failed failed -> {
                ended.completeExceptionally(new IllegalStateException("a request failed: " + failed));
                return Behaviors.stopped();
            }
            case SequenceEvent.Interrupted interrupted ->
                ended.completeExceptionally(new IllegalStateException("a worker was lost: " + interrupted));
            default -> {
                // The others bring no tokens.
            }
        }
        SequenceEvent.Accepted source = accepted;
        if (source != null && read % source.readEvery() == 0) {
            source.reader().tell(new Sequence.Read(read, 0));
        }
        return this;
    }
}
