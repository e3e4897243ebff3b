package troupe.http;

import akka.http.javadsl.model.HttpProtocols;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Materializer;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The requests and responses of one connection, in order, one at a time. A client that goes away is noticed while its
 * response is still pending.
 *
 * <p>Akka HTTP reads from a connection only while it may deliver a further request, and sees its end only by reading. So
 * this stage asks for the next request while the current one is being answered (the server's {@code pipelining-limit}
 * must allow it); the end of the requests then arrives at once.
 *
 * <p>A request that announces to be the connection's last ({@code Connection: close}, HTTP/1.0) ends the requests too,
 * while its client waits: that end means nothing, and such a client's leaving shows only when its response is written.
 */
final class ConnectionStage extends GraphStage<FlowShape<HttpRequest, HttpResponse>> {
    /** Requests that may wait here; with the one in progress and the server's own, its pipelining limit. */
    static final int MOST_WAITING = 2;

    private final Inlet<HttpRequest> in = Inlet.create("connection.in");
    private final Outlet<HttpResponse> out = Outlet.create("connection.out");
    private final FlowShape<HttpRequest, HttpResponse> shape = FlowShape.of(in, out);
    private final BiFunction<HttpRequest, Connection, CompletionStage<HttpResponse>> handler;

    /** @param handler never fails */
    ConnectionStage(BiFunction<HttpRequest, Connection, CompletionStage<HttpResponse>> handler) {
        this.handler = handler;
    }

    @Override
    public FlowShape<HttpRequest, HttpResponse> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private static boolean isLast(HttpRequest request) {
        String options = request.getHeader("Connection")
                .map(header -> header.value().toLowerCase(Locale.ROOT))
                .orElse("");
        return request.protocol().equals(HttpProtocols.HTTP_1_0)
                ? !options.contains("keep-alive")
                : options.contains("close");
    }

    private final class Logic extends GraphStageLogic {
        private final ArrayDeque<HttpRequest> waiting = new ArrayDeque<>();
        private final AsyncCallback<Runnable> here = createAsyncCallback(Runnable::run);
        private final AsyncCallback<HttpResponse> answered = createAsyncCallback(this::onAnswered);
        /** Of the request in progress, or else the latest one. */
        private Disconnect current = new Disconnect();
        /** Of the one before, whose response may still be on its way. */
        private Disconnect former = current;

        private @Nullable HttpResponse ready;
        private boolean busy;
        private boolean endAnnounced;
        private boolean gone;

        Logic() {
            super(shape);
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    HttpRequest request = grab(in);
                    endAnnounced = isLast(request);
                    waiting.add(request);
                    proceed();
                }

                @Override
                public void onUpstreamFinish() {
                    if (!endAnnounced) {
                        onGone();
                    }
                    if (!busy && waiting.isEmpty()) {
                        completeStage();
                    }
                }
            });
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    proceed();
                }
            });
        }

        @Override
        public void preStart() {
            pull(in);
        }

        @Override
        public void postStop() {
            // Past the head of an announced last response this stage is done, and the client reads on.
            if (busy || !endAnnounced) {
                onGone();
            }
        }

        private void onGone() {
            gone = true;
            former.signal();
            current.signal();
        }

        private void onAnswered(HttpResponse response) {
            ready = response;
            proceed();
        }

        private void proceed() {
            HttpResponse response = ready;
            if (response != null && isAvailable(out)) {
                ready = null;
                busy = false;
                push(out, response);
            }
            if (!busy && !waiting.isEmpty()) {
                busy = true;
                former = current;
                current = new Disconnect();
                if (gone) {
                    current.signal();
                }
                var ignored =
                        handler.apply(waiting.remove(), new Place(current)).thenAccept(answered::invoke);
            }
            if (isClosed(in)) {
                if (!busy && waiting.isEmpty()) {
                    completeStage();
                }
            } else if (waiting.size() < MOST_WAITING && !hasBeenPulled(in)) {
                pull(in);
            }
        }

        /** What one request sees. */
        private final class Place implements Connection {
            private final Disconnect disconnect;

            Place(Disconnect disconnect) {
                this.disconnect = disconnect;
            }

            @Override
            public Runnable onDisconnect(Runnable action) {
                return disconnect.onSignal(action);
            }

            @Override
            public <T> CompletionStage<T> run(Function<Materializer, CompletionStage<T>> streams) {
                CompletableFuture<Materializer> inside = new CompletableFuture<>();
                // Before that is complete, so that the streams are run by whoever completes it: this actor.
                CompletionStage<T> given = inside.thenCompose(streams);
                // While a request is in progress this stage does not end without the signal.
                Runnable forget = disconnect.onSignal(() -> inside.completeExceptionally(ApiException.clientGone()));
                here.invoke(() -> {
                    forget.run();
                    inside.complete(subFusingMaterializer());
                });
                return given;
            }
        }
    }
}
