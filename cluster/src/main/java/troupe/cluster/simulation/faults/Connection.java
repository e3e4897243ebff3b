package troupe.cluster.simulation.faults;

import org.jspecify.annotations.Nullable;
import troupe.actors.LoggedEvent;
import troupe.actors.SequenceEvent;
import troupe.actors.SignOfLife;

/**
 * A client's connection to a gateway: the listener of its request. It hands on what it hears until it is closed; where
 * something it was to hear is missing, or nobody says anything any more, the client has to come again.
 */
final class Connection implements Endpoint {
    private final FaultyCluster cluster;
    private final Client client;
    private final GatewayNode gateway;
    private @Nullable SequenceNode sequence;
    private @Nullable ResumablesNode watcher;
    private boolean closed;
    private long heard;
    private long told;
    private int attachment = -1;
    private long lastNanos;

    Connection(FaultyCluster cluster, Client client, GatewayNode gateway) {
        this.cluster = cluster;
        this.client = client;
        this.gateway = gateway;
    }

    Client client() {
        return client;
    }

    GatewayNode gateway() {
        return gateway;
    }

    @Override
    public Machine machine() {
        return gateway.machine();
    }

    /** Whether it listens to a sequence of its own gateway, which another one can go on with. */
    boolean isReplicated() {
        SequenceNode listened = sequence;
        return listened != null && listened.machine() == machine() && listened.isReplicated();
    }

    boolean isClosed() {
        return closed;
    }

    /** The client reads no more of it, or its machine is dead: those who watch hear of that. */
    void close() {
        if (!closed) {
            closed = true;
            SequenceNode listened = sequence;
            if (listened != null) {
                listened.listenerGone(this);
            }
            ResumablesNode watching = watcher;
            if (watching != null && machine().isAlive()) {
                cluster.network().send(machine(), watching, new Message.ConnectionGone(this));
            }
        }
    }

    /** Those who wait for its request to start want to hear of its end. */
    void watchedBy(ResumablesNode resumables) {
        watcher = resumables;
        if (closed) {
            cluster.network().send(machine(), resumables, new Message.ConnectionGone(this));
        }
    }

    /** A sequence sends to it from now on. */
    void watchedBy(SequenceNode listened) {
        if (closed) {
            listened.listenerGone(this);
        } else {
            sequence = listened;
        }
    }

    @Override
    public void receive(Message message) {
        if (closed) {
            return;
        }
        if (!(message instanceof Message.Heard(var heardOf, var from))) {
            throw new IllegalArgumentException(this + " got " + message);
        }
        startWatch();
        lastNanos = cluster.now();
        switch (heardOf) {
            case SequenceEvent event -> take(event);
            case SignOfLife(var ignored, var sent) -> {
                if (sent > heard) {
                    client.comeAgain(this);
                } else {
                    client.readAgain(this);
                }
            }
            case LoggedEvent(var number, var count, var event) -> {
                if (attachment < 0) {
                    attachment = number;
                    sequence = from;
                }
                if (from != sequence) {
                    throw new Violation(
                            Invariant.NO_SUPERSEDED_TOKENS,
                            this + ", which listens to " + sequence + ", heard " + event + " from " + from);
                }
                if (number == attachment && count == heard) {
                    take(event);
                } else {
                    client.comeAgain(this);
                }
            }
        }
    }

    private void take(SequenceEvent event) {
        heard++;
        client.hear(this, event);
    }

    /** Once it has heard something, it is to hear something again and again. */
    private void startWatch() {
        if (lastNanos == 0 && client.isResumable()) {
            long limit = SignOfLife.LIMIT.toNanos();
            machine().every(limit / 4, () -> {
                if (!closed && cluster.now() - lastNanos > limit) {
                    client.comeAgain(this);
                }
                return !closed;
            });
        }
    }

    /** The client has read all of it so far. */
    void read(boolean always) {
        SequenceNode listened = sequence;
        if (!closed && listened != null && (always || heard - told >= Client.READ_EVERY)) {
            told = heard;
            cluster.network().send(machine(), listened, new Message.Read(heard, Math.max(0, attachment)));
        }
    }

    @Override
    public String toString() {
        return client + "@" + gateway;
    }
}
