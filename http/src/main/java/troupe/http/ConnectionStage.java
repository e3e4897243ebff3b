package troupe.http;

import akka.http.javadsl.model.HttpProtocols;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
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
    private final BiFunction<HttpRequest, Disconnect, CompletionStage<HttpResponse>> handler;

    /** @param handler never fails */
    ConnectionStage(BiFunction<HttpRequest, Disconnect, CompletionStage<HttpResponse>> handler) {
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
        private final Disconnect disconnect = new Disconnect();
        private @Nullable AsyncCallback<HttpResponse> answered;
        private @Nullable HttpResponse ready;
        private boolean busy;
        private boolean endAnnounced;

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
                        disconnect.signal();
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
            answered = createAsyncCallback(response -> {
                ready = response;
                proceed();
            });
            pull(in);
        }

        @Override
        public void postStop() {
            // Past the head of an announced last response this stage is done, and the client reads on.
            if (busy || !endAnnounced) {
                disconnect.signal();
            }
        }

        private void proceed() {
            HttpResponse response = ready;
            if (response != null && isAvailable(out)) {
                ready = null;
                busy = false;
                push(out, response);
            }
            AsyncCallback<HttpResponse> callback = answered;
            if (!busy && !waiting.isEmpty() && callback != null) {
                busy = true;
                var ignored = handler.apply(waiting.remove(), disconnect).thenAccept(callback::invoke);
            }
            if (isClosed(in)) {
                if (!busy && waiting.isEmpty()) {
                    completeStage();
                }
            } else if (waiting.size() < MOST_WAITING && !hasBeenPulled(in)) {
                pull(in);
            }
        }
    }
}
