package troupe.cluster.control;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.ControlAddress;

/**
 * A worker process's ends of the control connections: one to each gateway that has told where it takes them. One that
 * ends is opened again, after pauses that grow; where the gateway seems to be gone, when it tells once more.
 */
public final class ControlLinks implements AutoCloseable {
    /** Gateways beside which no more are connected to. */
    static final int MOST_LINKS = 64;

    private static final Logger LOG = LoggerFactory.getLogger(ControlLinks.class);
    private static final int CONNECT_MILLIS = 5_000;

    private final String node;
    private final long life;
    private final Optional<SSLContext> tls;
    private final LongSupplier nanoClock;
    private final Map<ControlAddress, Thread> links = new HashMap<>();
    private boolean closed;

    /**
     * Links of one life of a node.
     *
     * @param tls both sides show a certificate; empty: nobody does
     */
    public ControlLinks(String node, long life, Optional<SSLContext> tls, LongSupplier nanoClock) {
        this.node = node;
        this.life = life;
        this.tls = tls;
        this.nanoClock = nanoClock;
    }

    /** A gateway takes connections there: it gets one, unless it has one. Returns at once. */
    public synchronized void offer(ControlAddress address) {
        if (!closed && !links.containsKey(address) && links.size() < MOST_LINKS) {
            links.put(
                    address,
                    Thread.ofVirtual().name("control-link to " + address).start(() -> run(address)));
        }
    }

    private void run(ControlAddress address) {
        LinkPauses pauses = new LinkPauses();
        try {
            while (true) {
                long begun = nanoClock.getAsLong();
                connect(address);
                Optional<Duration> pause = pauses.ended(Duration.ofNanos(nanoClock.getAsLong() - begun));
                if (pause.isEmpty()) {
                    return;
                }
                Thread.sleep(pause.get());
            }
        } catch (InterruptedException e) {
            // Closed.
        } finally {
            synchronized (this) {
                links.remove(address);
            }
        }
    }

    /** Returns when the connection has ended, or was not made. An interrupt closes a virtual thread's socket. */
    private void connect(ControlAddress address) throws InterruptedException {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
            Socket spoken = tls.isPresent() ? secured(socket, tls.get()) : socket;
            spoken.getOutputStream().write(new Hello(address.token(), node, life).toBytes());
            spoken.getOutputStream().flush();
            if (!Lifeline.hold(socket)) {
                ControlServer.awaitEnd(spoken);
            }
            // Whether the gateway is gone is for others to find out: its requests may go on elsewhere, under the same
            // ids.
            LOG.debug("the control connection to the gateway at {} has ended", address);
        } catch (IOException e) {
            LOG.info("no control connection to the gateway at {}: {}", address, e.toString());
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /** Ends with the socket under it. */
    private static Socket secured(Socket socket, SSLContext tls) throws IOException {
        return tls.getSocketFactory()
                .createSocket(socket, socket.getInetAddress().getHostAddress(), socket.getPort(), false);
    }

    @Override
    public synchronized void close() {
        closed = true;
        links.values().forEach(Thread::interrupt);
    }
}
