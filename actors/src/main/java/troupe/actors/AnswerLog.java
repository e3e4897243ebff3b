package troupe.actors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.SequenceEvent.OutputToken;
import troupe.actors.resume.ReadSoFar;
import troupe.engine.executor.ScoredToken;

/**
 * All events of a resumable request, and how far its present listener has come. Nothing is forgotten, so a reader may be as
 * slow as it likes, and may come back; the log is bounded by the request's tokens.
 *
 * <pre>
 *   [0, cursor)      sent to the listener, or passed over since the client had read it before
 *   [cursor, end)    not sent: the listener has to read first, or there is none
 * </pre>
 */
final class AnswerLog implements EventOutlet {
    /** An event with one token; its text and alternatives are counted apart. */
    private static final long EVENT_BYTES = 160;

    private static final long ALTERNATIVE_BYTES = 24;
    private static final int CHARACTER_BYTES = 2;

    private final int maxUnread;
    private final List<SequenceEvent> events = new ArrayList<>();
    private long bytes;
    private boolean open;

    private int attachment;
    private boolean attached;
    private @Nullable ReadSoFar readBefore;
    private int[] passed = new int[0];
    private int cursor;
    private long sent;
    private long read;

    /** @param maxUnread events that a listener is sent ahead of what it has read */
    AnswerLog(int maxUnread) {
        this.maxUnread = maxUnread;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void open(List<SequenceEffect> effects) {
        open = true;
        send(effects);
    }

    @Override
    public boolean offer(SequenceEvent event, List<SequenceEffect> effects) {
        events.add(event);
        bytes += bytes(event);
        send(effects);
        return true;
    }

    @Override
    public void inform(SequenceEvent event, List<SequenceEffect> effects) {
        offer(event, effects);
    }

    @Override
    public long unread() {
        return sent - read;
    }

    /** Events that the present listener was sent. */
    long sent() {
        return sent;
    }

    /** Of all events, about. */
    long bytes() {
        return bytes;
    }

    /** Puts the event that all others follow before them; before {@link #open}. */
    void begin(SequenceEvent.Accepted accepted) {
        if (open) {
            throw new IllegalStateException("the log is open");
        }
        events.addFirst(accepted);
        bytes += bytes(accepted);
    }

    /** A listener is there, in place of the one before; it is sent what its client has not read. */
    void attach(@Nullable ReadSoFar before, List<SequenceEffect> effects) {
        attachment++;
        attached = true;
        readBefore = before;
        passed = new int[0];
        cursor = 0;
        sent = 0;
        read = 0;
        send(effects);
    }

    void detach() {
        attached = false;
    }

    /** The listener of that number has read the first {@code count} events that it was sent. */
    void read(int byAttachment, long count, List<SequenceEffect> effects) {
        if (byAttachment == attachment) {
            read = Math.max(read, Math.min(count, sent));
            send(effects);
        }
    }

    /** The tokens of a choice from number {@code from} on. */
    List<ScoredToken> tokens(int choice, int from) {
        List<ScoredToken> tokens = new ArrayList<>();
        int index = 0;
        for (SequenceEvent event : events) {
            if (event instanceof SequenceEvent.Delta delta && delta.choice() == choice) {
                for (OutputToken token : delta.tokens()) {
                    if (index++ >= from) {
                        tokens.add(token.scored());
                    }
                }
            }
        }
        return tokens;
    }

    private void send(List<SequenceEffect> effects) {
        while (open && attached && cursor < events.size() && sent - read < maxUnread) {
            SequenceEvent event = events.get(cursor++);
            if (!wasRead(event)) {
                effects.add(new SequenceEffect.EmitLogged(new LoggedEvent(attachment, sent++, event)));
            }
        }
    }

    /** Whether the listener's client has the event's tokens; all else it is sent again. */
    private boolean wasRead(SequenceEvent event) {
        if (readBefore == null || !(event instanceof SequenceEvent.Delta delta)) {
            return false;
        }
        int choice = delta.choice();
        if (choice >= passed.length) {
            passed = Arrays.copyOf(passed, choice + 1);
        }
        passed[choice] += delta.tokens().size();
        return passed[choice] <= readBefore.tokens(choice);
    }

    private static long bytes(SequenceEvent event) {
        return EVENT_BYTES
                + switch (event) {
                    case SequenceEvent.Accepted accepted ->
                        (long) Integer.BYTES * accepted.prompt().size();
                    case SequenceEvent.Delta delta -> {
                        long sum = (long) CHARACTER_BYTES * delta.text().length();
                        for (OutputToken token : delta.tokens()) {
                            sum += ALTERNATIVE_BYTES * token.scored().top().size();
                        }
                        yield sum;
                    }
                    case SequenceEvent.PromptScored scored -> {
                        long sum = EVENT_BYTES * scored.tokens().size();
                        for (ScoredToken token : scored.tokens()) {
                            sum += ALTERNATIVE_BYTES * token.top().size();
                        }
                        yield sum;
                    }
                    default -> 0;
                };
    }
}
