package troupe.actors;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;

/**
 * The attempts in one engine, and what their sequences have not yet acknowledged of them. Plain bookkeeping: no actors,
 * no clock.
 *
 * <pre>
 * the events of an attempt, by number:
 *   [0, first)       acknowledged, forgotten
 *   [first, unsent)  sent to the destination, kept until acknowledged
 *   [unsent, end)    not sent: the destination's credit is used up
 * </pre>
 *
 * An attempt leaves when its terminal event is acknowledged, when it is cancelled, or when a later attempt supersedes it.
 *
 * @param <D> a destination: whoever takes the events of many attempts in one message
 */
public final class AttemptLedger<D> {
    /** Messages that a destination may leave unread before it gets no more. */
    static final int CREDIT = 64;

    /** Messages that a destination reads before it says so. */
    public static final int READ_EVERY = CREDIT / 4;

    /** Events of one attempt that are kept; an owner that acknowledges nothing loses its attempt. */
    static final int MOST_KEPT_EVENTS = 8_192;

    /** Events that one message carries, so that no message outgrows what the transport takes. */
    static final int MOST_EVENTS_AT_ONCE = 512;

    /** The events for one destination; {@code number} counts its messages from 1. */
    public record Delivery<D>(D destination, long number, List<AttemptEvent> events) {}

    private record Choice(String sequence, int index) {}

    private static final class Entry<D> {
        final AttemptKey key;
        final D destination;
        /** [first, unsent). */
        final ArrayDeque<AttemptEvent> sent = new ArrayDeque<>();
        /** [unsent, end). */
        final ArrayDeque<AttemptEvent> unsent = new ArrayDeque<>();

        int end;
        boolean terminal;
        boolean quietSinceTerminal;

        Entry(AttemptKey key, D destination) {
            this.key = key;
            this.destination = destination;
        }

        int kept() {
            return sent.size() + unsent.size();
        }

        /** Forgets the events before {@code next}. */
        void forget(int next) {
            for (int first = end - kept(); first < next; first++) {
                (sent.isEmpty() ? unsent : sent).remove();
            }
        }

        /** What was sent from {@code from} on is to be sent again. */
        void unsend(int from) {
            while (!sent.isEmpty() && sent.getLast().number() >= from) {
                unsent.addFirst(sent.removeLast());
            }
        }
    }

    private static final class Credit {
        long sent;
        long read;
    }

    private final Map<Choice, Entry<D>> attempts = new LinkedHashMap<>();
    private final Map<D, Credit> credits = new HashMap<>();

    /** What becomes of a submission. */
    public enum Opening {
        NEW,
        /** The attempt is here already: the message came twice. */
        KNOWN,
        /** A later attempt is here. */
        SUPERSEDED
    }

    public Opening check(AttemptKey key) {
        Entry<D> present = attempts.get(choice(key));
        if (present == null || isLater(key, present.key)) {
            return Opening.NEW;
        }
        return present.key.equals(key) ? Opening.KNOWN : Opening.SUPERSEDED;
    }

    /** Takes a new attempt in; gives the one that it supersedes. */
    public Optional<AttemptKey> open(AttemptKey key, D destination) {
        Entry<D> superseded = attempts.put(choice(key), new Entry<>(key, destination));
        credits.computeIfAbsent(destination, ignored -> new Credit());
        return Optional.ofNullable(superseded).map(entry -> entry.key);
    }

    /** Forgets an attempt, if it is here. */
    public void remove(AttemptKey key) {
        if (find(key) != null) {
            attempts.remove(choice(key));
        }
    }

    /** Keeps the events of known attempts; gives the attempts whose owners acknowledge nothing, already forgotten. */
    public List<AttemptKey> record(List<EngineEvent> events) {
        List<AttemptKey> abandoned = new ArrayList<>();
        for (EngineEvent event : events) {
            Entry<D> entry = find(event.key());
            if (entry == null || entry.terminal) {
                continue;
            }
            entry.unsent.add(new AttemptEvent(entry.end++, event));
            entry.terminal = event instanceof EngineEvent.Terminal;
            if (entry.kept() > MOST_KEPT_EVENTS) {
                attempts.remove(choice(entry.key));
                abandoned.add(entry.key);
            }
        }
        return abandoned;
    }

    /** What is to be sent now; counts it as sent. */
    public List<Delivery<D>> deliveries() {
        Map<D, List<AttemptEvent>> pending = new LinkedHashMap<>();
        List<Delivery<D>> deliveries = new ArrayList<>();
        for (Entry<D> entry : attempts.values()) {
            if (entry.unsent.isEmpty()) {
                continue;
            }
            Credit credit = credit(entry.destination);
            while (!entry.unsent.isEmpty() && credit.sent - credit.read < CREDIT) {
                AttemptEvent event = entry.unsent.remove();
                entry.sent.add(event);
                List<AttemptEvent> batch = pending.computeIfAbsent(entry.destination, ignored -> new ArrayList<>());
                batch.add(event);
                if (batch.size() == MOST_EVENTS_AT_ONCE) {
                    pending.remove(entry.destination);
                    deliveries.add(new Delivery<>(entry.destination, ++credit.sent, batch));
                }
            }
        }
        pending.forEach((destination, events) ->
                deliveries.add(new Delivery<>(destination, ++credit(destination).sent, events)));
        return deliveries;
    }

    /** A destination is gone for good. */
    public void forget(D destination) {
        for (Entry<D> entry : attempts.values()) {
            if (entry.destination.equals(destination)) {
                return;
            }
        }
        credits.remove(destination);
    }

    /** Whether every event of every attempt is acknowledged. */
    public boolean isEmpty() {
        return attempts.isEmpty();
    }

    /** The owner has taken the events before {@code next}. */
    public void acknowledge(AttemptKey key, int next) {
        Entry<D> entry = find(key);
        if (entry == null || next > entry.end) {
            return;
        }
        entry.forget(next);
        if (entry.terminal && entry.kept() == 0) {
            attempts.remove(choice(key));
        }
    }

    /** The owner misses the events from {@code from} on: they will be delivered again. */
    public void resend(AttemptKey key, int from) {
        Entry<D> entry = find(key);
        if (entry != null) {
            entry.unsend(from);
        }
    }

    /** The destination has read its messages up to {@code number}. */
    public void read(D destination, long number) {
        Credit credit = credits.get(destination);
        if (credit != null) {
            credit.read = Math.max(credit.read, Math.min(number, credit.sent));
        }
    }

    /**
     * Time has passed: terminal events that are unacknowledged since the last tick are delivered again, and destinations
     * without credit get some, since what they said may have been lost.
     */
    public void tick() {
        for (Credit credit : credits.values()) {
            if (credit.sent - credit.read >= CREDIT) {
                credit.read = credit.sent - CREDIT + 1;
            }
        }
        for (Entry<D> entry : attempts.values()) {
            if (entry.terminal) {
                if (entry.quietSinceTerminal) {
                    entry.unsend(0);
                }
                entry.quietSinceTerminal = true;
            }
        }
    }

    /** The attempts of a sequence's owner. */
    public List<AttemptKey> of(String sequence, long epoch) {
        List<AttemptKey> keys = new ArrayList<>();
        for (Entry<D> entry : attempts.values()) {
            if (entry.key.sequence().equals(sequence) && entry.key.epoch() == epoch) {
                keys.add(entry.key);
            }
        }
        return keys;
    }

    /**
     * Whether the sequence has the engine for itself. What has ended is no company, even if its owner never says that it has
     * read the end.
     *
     * @param idle the engine says that it has nothing; it may still compute what was cancelled, which is not here any more
     */
    public boolean isAlone(String sequence, boolean idle) {
        return !hasRunningBeside(sequence) && (idle || hasRunning());
    }

    /** Whether the engine has something to do for another sequence than this one. */
    boolean hasRunningBeside(String sequence) {
        for (Entry<D> entry : attempts.values()) {
            if (!entry.terminal && !entry.key.sequence().equals(sequence)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the engine has something to do. */
    public boolean hasRunning() {
        for (Entry<D> entry : attempts.values()) {
            if (!entry.terminal) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Entry<D> find(AttemptKey key) {
        Entry<D> entry = attempts.get(choice(key));
        return entry != null && entry.key.equals(key) ? entry : null;
    }

    private Credit credit(D destination) {
        return credits.computeIfAbsent(destination, ignored -> new Credit());
    }

    private static Choice choice(AttemptKey key) {
        return new Choice(key.sequence(), key.choice());
    }

    private static boolean isLater(AttemptKey key, AttemptKey than) {
        return key.epoch() > than.epoch() || (key.epoch() == than.epoch() && key.attempt() > than.attempt());
    }
}
