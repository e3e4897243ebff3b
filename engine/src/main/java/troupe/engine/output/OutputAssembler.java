package troupe.engine.output;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.engine.sampling.StopTokens;

/**
 * Turns the token ids of one choice into text deltas and watches for stop strings. A pure function of the tokens: the
 * same tokens replayed give the same deltas.
 *
 * <p>Text that could be the beginning of a stop string is held back until it is decided. The output is cut at the stop
 * string that begins first (of two that begin together, the shorter one). Stop strings that end within the first
 * {@code minTokens} tokens do not count.
 *
 * <pre>
 *   [0, sent)      sent
 *   [sent, end)    held back: the beginning of a stop string, perhaps
 * </pre>
 */
public final class OutputAssembler {
    private final TextDecoder decoder;
    private final List<String> stopStrings;
    private final boolean includeStop;
    private final int minTokens;
    private final StopTokens stopTokens;
    private final int longestStop;

    private final StringBuilder text = new StringBuilder();
    private int sent;
    private int tokens;
    private boolean finished;
    private @Nullable StopCause stopCause;

    /**
     * @param stopStrings none of them empty
     * @param includeStop leave the text of what stopped the output in it
     * @param minTokens tokens before which no stop string counts
     * @param stopTokens tokens that end the output
     */
    public OutputAssembler(
            TextDecoder decoder, List<String> stopStrings, boolean includeStop, int minTokens, StopTokens stopTokens) {
        this.decoder = decoder;
        this.stopStrings = List.copyOf(stopStrings);
        this.includeStop = includeStop;
        this.minTokens = minTokens;
        this.stopTokens = stopTokens;
        int longest = 0;
        for (String stop : stopStrings) {
            if (stop.isEmpty()) {
                throw new IllegalArgumentException("stop has an empty string");
            }
            longest = Math.max(longest, stop.length());
        }
        longestStop = longest;
    }

    /**
     * Takes the next token.
     *
     * @throws IllegalStateException after a stop or {@link #finish}
     */
    public TextDelta append(int token) {
        if (finished) {
            throw new IllegalStateException("token " + token + " after the end of the output");
        }
        int offset = text.length();
        tokens++;
        boolean isStop = stopTokens.contains(token);
        if (!isStop || includeStop) {
            text.append(decoder.append(token));
        }
        if (findStop(offset)) {
            return new TextDelta(sendAll(), Math.min(offset, text.length()));
        }
        if (isStop) {
            stopCause = new StopCause.StopToken(token);
            return new TextDelta(flush(), offset);
        }
        return new TextDelta(sendTo(includeStop ? text.length() : text.length() - undecided()), offset);
    }

    /** Ends an output that did not stop by itself: gives the text held back. Empty after a stop; may be repeated. */
    public String finish() {
        return finished ? "" : flush();
    }

    /** Why the output stopped; empty while it goes on, or if it ended by {@link #finish}. */
    public Optional<StopCause> stopCause() {
        return Optional.ofNullable(stopCause);
    }

    public boolean isStopped() {
        return stopCause != null;
    }

    /** The text sent so far. */
    public String text() {
        return text.substring(0, sent);
    }

    /** Tokens taken so far. */
    public int tokens() {
        return tokens;
    }

    private String flush() {
        int from = text.length();
        text.append(decoder.flush());
        findStop(from);
        return sendAll();
    }

    /** Looks for stop strings that end after {@code from}; cuts the text at the one that begins first. */
    private boolean findStop(int from) {
        if (tokens <= minTokens || text.length() == from) {
            return false;
        }
        String found = null;
        int at = text.length();
        for (String stop : stopStrings) {
            int begin = text.indexOf(stop, Math.max(0, from - stop.length() + 1));
            if (begin >= 0 && (begin < at || (begin == at && found != null && stop.length() < found.length()))) {
                at = begin;
                found = stop;
            }
        }
        if (found == null) {
            return false;
        }
        text.setLength(includeStop ? at + found.length() : at);
        stopCause = new StopCause.StopString(found);
        return true;
    }

    /** The length of the longest end of the text that begins a stop string. */
    private int undecided() {
        for (int length = Math.min(longestStop - 1, text.length()); length > 0; length--) {
            for (String stop : stopStrings) {
                if (length < stop.length() && endsWithPrefix(stop, length)) {
                    return length;
                }
            }
        }
        return 0;
    }

    private boolean endsWithPrefix(String stop, int length) {
        int start = text.length() - length;
        for (int i = 0; i < length; i++) {
            if (text.charAt(start + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String sendTo(int end) {
        String delta = text.substring(sent, end);
        sent = end;
        return delta;
    }

    private String sendAll() {
        finished = true;
        return sendTo(text.length());
    }
}
