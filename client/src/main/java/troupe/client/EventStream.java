package troupe.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The events of one answer, once each and in order, whatever happens to connections and gateways in between. The caller's
 * thread waits in {@link #hasNext}. For one thread at a time.
 *
 * <p>Connections: open -> (breaks, is silent, ends without {@code [DONE]}, tells that its gateway leaves, 429, 502, 503) -> pause -> open at the next
 * gateway; ended by {@code [DONE]}, by any other status, by the deadline, or by {@link #close}.
 */
public final class EventStream implements Iterator<ServerEvent>, AutoCloseable {
    private static final String DONE = "[DONE]";
    /** More than any error of a gateway has. */
    private static final int MOST_ERROR_CHARACTERS = 65_536;

    private final Attempts attempts;
    private final long endNanos;
    private final Duration silenceLimit;
    private @Nullable Connection connection;
    private EventParser parser = new EventParser();
    private @Nullable ServerEvent next;
    private String lastEventId = "";
    private boolean begun;
    private boolean over;

    EventStream(Attempts attempts, ClientSettings settings) {
        this.attempts = attempts;
        endNanos = System.nanoTime() + settings.deadline().toNanos();
        silenceLimit = settings.resumable() ? settings.silenceLimit() : settings.deadline();
    }

    /**
     * Waits for the next event.
     *
     * @throws RefusedException if a gateway's answer is final
     * @throws ClientException at the deadline, where the thread is interrupted, and where a stream breaks off that cannot
     *     be taken up
     */
    @Override
    public boolean hasNext() {
        while (next == null && !over) {
            try {
                read();
            } catch (IOException e) {
                disconnect();
                requireTakenUp(e);
                pause(e);
            } catch (InterruptedException e) {
                close();
                Thread.currentThread().interrupt();
                throw new ClientException("interrupted", e);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }
        return next != null;
    }

    @Override
    public ServerEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the answer has ended");
        }
        ServerEvent event = next;
        next = null;
        return java.util.Objects.requireNonNull(event);
    }

    /** How often a connection was made anew. */
    public int reconnections() {
        return attempts.made() == 0 ? 0 : attempts.made() - 1;
    }

    /** Of the event read last; empty before the first. */
    public String lastEventId() {
        return lastEventId;
    }

    private void read() throws IOException, InterruptedException {
        Connection open = connection;
        if (open == null) {
            open = connect();
        }
        String line = open.line(limit());
        if (line == null) {
            throw new IOException("the stream ended before its end");
        }
        attempts.somethingCame();
        ServerEvent event = parser.line(line);
        if (event == null) {
            return;
        }
        if (StreamError.isPassing(event.data())) {
            throw new IOException("the gateway leaves: " + event.data());
        }
        if (!event.id().isEmpty()) {
            lastEventId = event.id();
        }
        if (event.data().equals(DONE)) {
            close();
        } else {
            next = event;
            begun = true;
        }
    }

    /** Begun again without the id of what was read, an answer would come twice. */
    private void requireTakenUp(IOException reason) {
        if (begun && lastEventId.isEmpty()) {
            close();
            throw new ClientException(
                    "the answer broke off, and its events have no ids: " + reason.getMessage(), reason);
        }
    }

    private Connection connect() throws IOException, InterruptedException {
        parser = new EventParser();
        Connection open = attempts.open(lastEventId, limit());
        connection = open;
        if (Verdict.of(open.status()) != Verdict.ANSWERED) {
            String body = open.rest(limit(), MOST_ERROR_CHARACTERS);
            RefusedException refused = RefusedException.of(open.status(), body);
            if (Verdict.of(open.status()) == Verdict.LATER) {
                throw new IOException(refused.getMessage(), refused);
            }
            throw refused;
        }
        return open;
    }

    /** For the next sign of life. */
    private Duration limit() throws IOException {
        long left = endNanos - System.nanoTime();
        if (left <= 0) {
            throw new IOException("the deadline has passed");
        }
        return silenceLimit.toNanos() < left ? silenceLimit : Duration.ofNanos(left);
    }

    private void pause(IOException reason) {
        Duration pause = attempts.pause();
        if (System.nanoTime() + pause.toNanos() - endNanos >= 0) {
            close();
            throw new ClientException(
                    "the deadline has passed, after " + attempts.made() + " connections: " + reason.getMessage(),
                    reason);
        }
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new ClientException("interrupted", e);
        }
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }

    /** Gives the answer up, where it has not ended; the cluster gives it up when the grace is over. */
    @Override
    public void close() {
        over = true;
        disconnect();
    }
}
