package troupe.multinode.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Hands on what comes over TCP, each way a while later: a long line, in a process of its own. */
public final class DelayForwarder {
    private static final int BUFFER_BYTES = 65_536;
    private static final int BUFFERS = 1_024;

    /** Bytes and when they may go on; an empty one: the end. */
    private static final class Late {
        final byte[] bytes;
        final long dueNanos;

        Late(byte[] bytes, long dueNanos) {
            this.bytes = bytes;
            this.dueNanos = dueNanos;
        }
    }

    private final String host;
    private final int port;
    private final long delayNanos;

    private DelayForwarder(String host, int port, long delayMillis) {
        this.host = host;
        this.port = port;
        delayNanos = TimeUnit.MILLISECONDS.toNanos(delayMillis);
    }

    /** LISTENING-PORT HOST PORT DELAY-MILLIS: where it listens, where it hands on to, and how much later. */
    public static void main(String[] arguments) throws IOException {
        DelayForwarder forwarder =
                new DelayForwarder(arguments[1], Integer.parseInt(arguments[2]), Long.parseLong(arguments[3]));
        try (ServerSocket server = new ServerSocket(Integer.parseInt(arguments[0]))) {
            while (true) {
                forwarder.forward(server.accept());
            }
        }
    }

    private void forward(Socket from) {
        Thread.ofVirtual().start(() -> {
            try {
                Socket to = new Socket(host, port);
                from.setTcpNoDelay(true);
                to.setTcpNoDelay(true);
                pump(from, to);
                pump(to, from);
            } catch (IOException e) {
                close(from);
            }
        });
    }

    private void pump(Socket from, Socket to) {
        BlockingQueue<Late> queue = new ArrayBlockingQueue<>(BUFFERS);
        Thread.ofVirtual().start(() -> read(from, queue));
        Thread.ofVirtual().start(() -> write(queue, to));
    }

    private void read(Socket from, BlockingQueue<Late> queue) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                queue.put(new Late(Arrays.copyOf(buffer, count), System.nanoTime() + delayNanos));
            }
        } catch (IOException e) {
            // The other end is told by the end of the queue.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        queue.offer(new Late(new byte[0], System.nanoTime() + delayNanos));
    }

    private static void write(BlockingQueue<Late> queue, Socket to) {
        try (to) {
            OutputStream out = to.getOutputStream();
            for (Late next = queue.take(); next.bytes.length > 0; next = queue.take()) {
                TimeUnit.NANOSECONDS.sleep(next.dueNanos - System.nanoTime());
                out.write(next.bytes);
            }
        } catch (IOException e) {
            // Closed by the other end.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more.
        }
    }
}
