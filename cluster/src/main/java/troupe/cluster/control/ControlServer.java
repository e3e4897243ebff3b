package troupe.cluster.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.ControlAddress;

/**
 * A gateway's end of the control connections. The kernel closes a dead process's sockets at once, so the end of one is the
 * news; nothing but a {@link Hello} is read from it, and nothing written to it.
 *
 * <p>Whoever connects has to know the token within {@link #HELLO_LIMIT}; whoever does not, or says anything more, is
 * disconnected, and nothing else comes of it. Only {@link #MOST_STRANGERS} may be about to say who they are.
 */
public final class ControlServer implements AutoCloseable {
    static final Duration HELLO_LIMIT = Duration.ofSeconds(5);
    static final int MOST_STRANGERS = 64;

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int BACKLOG = 128;
    private static final int TOKEN_BYTES = 16;

    private record Life(String node, long life) {}

    private final ServerSocket server;
    private final ControlAddress address;
    private final ControlListener listener;
    private final Semaphore strangers = new Semaphore(MOST_STRANGERS);
    /** One for each life that is connected; a later one of the same life takes its place. */
    private final Map<Life, Socket> connected = new HashMap<>();

    private ControlServer(ServerSocket server, ControlAddress address, ControlListener listener) {
        this.server = server;
        this.address = address;
        this.listener = listener;
    }

    /**
     * Listens.
     *
     * @param host of this machine, where others reach it too
     * @param port 0 takes a free one
     * @param tls both sides show a certificate; empty: nobody does
     */
    public static ControlServer start(
            String host, int port, Optional<SSLContext> tls, SecureRandom random, ControlListener listener)
            throws IOException {
        InetAddress at = InetAddress.getByName(host);
        ServerSocket server;
        if (tls.isPresent()) {
            SSLServerSocket secured =
                    (SSLServerSocket) tls.get().getServerSocketFactory().createServerSocket(port, BACKLOG, at);
            secured.setNeedClientAuth(true);
            server = secured;
        } else {
            server = new ServerSocket(port, BACKLOG, at);
        }
        byte[] token = new byte[TOKEN_BYTES];
        random.nextBytes(token);
        ControlServer started = new ControlServer(
                server,
                new ControlAddress(host, server.getLocalPort(), HexFormat.of().formatHex(token)),
                listener);
        Thread.ofPlatform().daemon().name("control-server").start(started::accept);
        return started;
    }

    /** What is told to those that may connect. */
    public ControlAddress address() {
        return address;
    }

    /** Lives that are connected now. */
    synchronized int connections() {
        return connected.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                if (strangers.tryAcquire()) {
                    Thread.ofVirtual().name("control-connection").start(() -> serve(socket));
                } else {
                    close(socket);
                }
            } catch (IOException e) {
                if (!server.isClosed()) {
                    LOG.warn("a control connection was not accepted: {}", e.toString());
                    pause();
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100); // no file descriptor is left, most likely
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Socket socket) {
        Optional<Hello> hello = Optional.empty();
        try {
            hello = greet(socket).filter(said -> said.hasToken(address.token()));
        } finally {
            strangers.release();
        }
        if (hello.isEmpty()) {
            close(socket);
            return;
        }
        Life life = new Life(hello.get().node(), hello.get().life());
        Socket before;
        synchronized (this) {
            before = connected.put(life, socket);
        }
        if (before != null) {
            close(before);
        }
        LOG.debug("{} is connected", life);
        awaitEnd(socket);
        close(socket);
        boolean isLast;
        synchronized (this) {
            isLast = connected.remove(life, socket);
        }
        if (isLast && !server.isClosed()) {
            listener.gone(life.node(), life.life());
        }
    }

    /** Whatever the other side does, or does not do: over when the limit is. */
    private static Optional<Hello> greet(Socket socket) {
        Thread limit = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(HELLO_LIMIT);
                close(socket);
            } catch (InterruptedException e) {
                // It was said in time.
            }
        });
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            if (socket instanceof SSLSocket secured) {
                secured.startHandshake();
            }
            return Hello.read(socket.getInputStream());
        } catch (IOException e) {
            LOG.debug("a control connection ended before it said who it is: {}", e.toString());
            return Optional.empty();
        } finally {
            limit.interrupt();
        }
    }

    /** Returns when the other side has closed, is gone, or says something. */
    static void awaitEnd(Socket socket) {
        try {
            InputStream in = socket.getInputStream();
            int ignored = in.read();
        } catch (IOException e) {
            // An end like any other.
        }
    }

    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("a control connection did not close well: {}", e.toString());
        }
    }

    /** Disconnects all; the listener hears of nothing more. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        synchronized (this) {
            connected.values().forEach(ControlServer::close);
        }
    }
}
