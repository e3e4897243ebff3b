package troupe.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** A gateway of one thread that answers each connection as the next script says, and then closes it. */
final class BreakingServer implements AutoCloseable {
    /** What is written to a connection after its request has been read. */
    interface Script {
        void play(OutputStream out) throws IOException, InterruptedException;
    }

    /** With the names of headers in lower case. */
    record Request(String path, Map<String, String> headers, String body) {
        /** Empty where there is none. */
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    private final ServerSocket socket;
    private final BlockingQueue<Script> scripts = new LinkedBlockingQueue<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Thread thread;

    BreakingServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread = Thread.ofVirtual().start(this::serve);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    BreakingServer then(Script script) {
        scripts.add(script);
        return this;
    }

    List<Request> requests() {
        return requests;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket connection = socket.accept()) {
                requests.add(read(connection.getInputStream()));
                scripts.take().play(connection.getOutputStream());
            } catch (IOException e) {
                // The client has given up, or the test is over.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static Request read(InputStream in) throws IOException {
        String path = line(in).split(" ", 3)[1];
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Request(path, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the connection was closed");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** A whole stream. */
    static Script stream(String... events) {
        return out -> {
            begin(out);
            for (String each : events) {
                chunk(out, each);
            }
            end(out);
        };
    }

    /** A stream that breaks off, once the client has read as much as the test wants: what it has not read is lost to it. */
    static Script broken(CountDownLatch read, String... events) {
        return out -> {
            begin(out);
            for (String each : events) {
                chunk(out, each);
            }
            read.await();
        };
    }

    static void begin(OutputStream out) throws IOException {
        send(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    static void end(OutputStream out) throws IOException {
        chunk(out, "data: [DONE]\n\n");
        send(out, "0\r\n\r\n");
    }

    static Script status(int status, String body) {
        return out -> send(
                out,
                "HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n"
                        + body);
    }

    static void chunk(OutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        send(out, Integer.toHexString(bytes.length) + "\r\n" + text + "\r\n");
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        thread.interrupt();
    }
}
