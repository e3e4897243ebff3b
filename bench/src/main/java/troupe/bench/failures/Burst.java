package troupe.bench.failures;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Requests that are sent within a few milliseconds, each over a connection of its own that is open already and is kept, as
 * clients keep theirs; by one thread, so that what the client does hardly counts in the times.
 */
final class Burst implements AutoCloseable {
    private static final int CHUNK_BYTES = 65_536;
    private static final long LIMIT_NANOS = 120_000_000_000L;
    private static final String HEAD_END = "\r\n\r\n";

    /** A request with the key that it comes with. */
    record Sent(String key, String path, String body) {}

    /**
     * @param status of HTTP; 0 where the connection broke
     * @param retryAfter the header
     * @param millis from the request's last byte until the response's first
     */
    record Reply(int status, Optional<String> retryAfter, double millis, String body) {
        boolean isRefusal() {
            return status == 429 || status == 503;
        }
    }

    /** A request on its way, and what has come back. */
    private static final class Exchange {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final long sentNanos = System.nanoTime();
        long firstNanos;
        /** The response is whole, or its connection at its end. */
        boolean ended;

        /** Whether all that the head announces is there; without a length the response goes to the connection's end. */
        boolean isWhole() {
            String text = bytes.toString(StandardCharsets.ISO_8859_1);
            int head = text.indexOf(HEAD_END);
            return head >= 0
                    && header(text.substring(0, head), "content-length")
                            .filter(length -> bytes.size() >= head + HEAD_END.length() + Integer.parseInt(length))
                            .isPresent();
        }
    }

    private final URI gateway;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final Selector selector;

    private Burst(URI gateway) throws IOException {
        this.gateway = gateway;
        selector = Selector.open();
    }

    /** @param accepting how long the server has to take the connections */
    static Burst open(URI gateway, int connections, Duration accepting) throws IOException, InterruptedException {
        Burst burst = new Burst(gateway);
        try {
            for (int i = 0; i < connections; i++) {
                burst.channels.add(burst.connect());
            }
        } catch (IOException e) {
            burst.close();
            throw e;
        }
        Thread.sleep(accepting);
        return burst;
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(gateway.getHost(), gateway.getPort()));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        return channel;
    }

    /** Returns when all replies are there; in the order of the requests, of which there are as many as connections. */
    List<Reply> send(List<Sent> requests) throws IOException {
        List<Exchange> exchanges = new ArrayList<>();
        int open = requests.size();
        for (int i = 0; i < requests.size(); i++) {
            if (!channels.get(i).isOpen()) {
                channels.set(i, connect());
            }
            SocketChannel channel = channels.get(i);
            write(channel, http(requests.get(i)));
            exchanges.add(new Exchange());
            channel.keyFor(selector).attach(exchanges.get(i));
            // The first answers come while the last requests are written.
            selector.selectNow();
            open -= read();
        }
        readAll(open);
        return exchanges.stream().map(Burst::reply).toList();
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
        selector.close();
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** What comes in chunks is not asked for. */
    private String http(Sent request) {
        return "POST " + request.path() + " HTTP/1.1\r\nHost: " + gateway.getAuthority()
                + "\r\nContent-Type: application/json\r\nAuthorization: Bearer " + request.key()
                + "\r\nContent-Length: " + request.body().getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                + request.body();
    }

    private void readAll(int wanted) throws IOException {
        long begin = System.nanoTime();
        int open = wanted;
        while (open > 0 && System.nanoTime() - begin < LIMIT_NANOS) {
            selector.select(1_000);
            open -= read();
        }
        if (open > 0) {
            throw new IOException(open + " requests have no answer after " + LIMIT_NANOS / 1e9 + " s");
        }
    }

    /** Reads what has come; gives how many responses are whole by that. */
    private int read() throws IOException {
        byte[] bytes = new byte[CHUNK_BYTES];
        int ended = 0;
        long now = System.nanoTime();
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.attachment() instanceof Exchange exchange) {
                exchange.firstNanos = exchange.firstNanos == 0 ? now : exchange.firstNanos;
                boolean wasOpen = !exchange.ended;
                readSome((SocketChannel) key.channel(), bytes, exchange);
                ended += wasOpen && exchange.ended ? 1 : 0;
            }
        }
        selector.selectedKeys().clear();
        return ended;
    }

    private static void readSome(SocketChannel channel, byte[] bytes, Exchange exchange) throws IOException {
        int count;
        try {
            count = channel.read(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            count = -1; // a reset connection has no answer, or had it
        }
        if (count < 0) {
            channel.close();
        } else {
            exchange.bytes.write(bytes, 0, count);
        }
        exchange.ended = count < 0 || exchange.isWhole();
    }

    private static Reply reply(Exchange exchange) {
        return reply(exchange.bytes.toString(StandardCharsets.UTF_8), (exchange.firstNanos - exchange.sentNanos) / 1e6);
    }

    /** Of a response as it came; a broken one has status 0. */
    static Reply reply(String response, double millis) {
        int end = response.indexOf(HEAD_END);
        if (end < 0) {
            return new Reply(0, Optional.empty(), millis, response);
        }
        String head = response.substring(0, end);
        return new Reply(
                Integer.parseInt(head.split(" ", 3)[1]),
                header(head, "retry-after"),
                millis,
                response.substring(end + HEAD_END.length()));
    }

    /** @param name in lower case */
    private static Optional<String> header(String head, String name) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst();
    }
}
