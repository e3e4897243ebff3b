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
import org.jspecify.annotations.Nullable;

/**
 * Requests that are sent within a few milliseconds, each over a connection of its own that is open already; by one thread,
 * so that what the client does hardly counts in the times.
 */
final class Burst {
    private static final int CHUNK_BYTES = 65_536;
    private static final long LIMIT_NANOS = 120_000_000_000L;

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

    private static final class Exchange {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long sentNanos;
        long firstNanos;
    }

    private Burst() {}

    /**
     * Returns when all replies are there; in the order of the requests.
     *
     * @param accepting how long the server has to take the connections, before the first request
     */
    static List<Reply> send(URI gateway, List<Sent> requests, Duration accepting)
            throws IOException, InterruptedException {
        List<SocketChannel> channels = new ArrayList<>();
        List<Exchange> exchanges = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < requests.size(); i++) {
                channels.add(SocketChannel.open(new InetSocketAddress(gateway.getHost(), gateway.getPort())));
                exchanges.add(new Exchange());
            }
            Thread.sleep(accepting);
            int open = requests.size();
            for (int i = 0; i < requests.size(); i++) {
                write(channels.get(i), http(gateway, requests.get(i)));
                exchanges.get(i).sentNanos = System.nanoTime();
                channels.get(i).configureBlocking(false);
                channels.get(i).register(selector, SelectionKey.OP_READ, exchanges.get(i));
                // The first answers come while the last requests are written.
                selector.selectNow();
                open -= read(selector);
            }
            readAll(selector, open);
        } finally {
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
        return exchanges.stream().map(Burst::reply).toList();
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The connection's end is the answer's: what comes in chunks is not asked for. */
    private static String http(URI gateway, Sent request) {
        return "POST " + request.path() + " HTTP/1.1\r\nHost: " + gateway.getAuthority()
                + "\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: Bearer " + request.key()
                + "\r\nContent-Length: " + request.body().getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                + request.body();
    }

    private static void readAll(Selector selector, int wanted) throws IOException {
        long begin = System.nanoTime();
        int open = wanted;
        while (open > 0 && System.nanoTime() - begin < LIMIT_NANOS) {
            selector.select(1_000);
            open -= read(selector);
        }
        if (open > 0) {
            throw new IOException(open + " requests have no answer after " + LIMIT_NANOS / 1e9 + " s");
        }
    }

    /** Reads what has come; gives how many responses are whole by that. */
    private static int read(Selector selector) {
        byte[] bytes = new byte[CHUNK_BYTES];
        int ended = 0;
        long now = System.nanoTime();
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.attachment() instanceof Exchange exchange) {
                exchange.firstNanos = exchange.firstNanos == 0 ? now : exchange.firstNanos;
                if (readSome((SocketChannel) key.channel(), bytes, exchange)) {
                    key.cancel();
                    ended++;
                }
            }
        }
        selector.selectedKeys().clear();
        return ended;
    }

    /** Whether that was the end. */
    private static boolean readSome(SocketChannel channel, byte[] bytes, Exchange exchange) {
        int count;
        try {
            count = channel.read(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            count = -1; // a reset connection has no answer, or had it
        }
        if (count > 0) {
            exchange.bytes.write(bytes, 0, count);
        }
        return count < 0;
    }

    private static Reply reply(Exchange exchange) {
        return reply(exchange.bytes.toString(StandardCharsets.UTF_8), (exchange.firstNanos - exchange.sentNanos) / 1e6);
    }

    /** Of a response as it came; a broken one has status 0. */
    static Reply reply(String response, double millis) {
        int end = response.indexOf("\r\n\r\n");
        if (end < 0) {
            return new Reply(0, Optional.empty(), millis, response);
        }
        List<String> head = response.substring(0, end).lines().toList();
        @Nullable String retry = null;
        for (String line : head) {
            if (line.toLowerCase(Locale.ROOT).startsWith("retry-after:")) {
                retry = line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return new Reply(
                Integer.parseInt(head.getFirst().split(" ", 3)[1]),
                Optional.ofNullable(retry),
                millis,
                response.substring(end + 4));
    }
}
