package troupe.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.RequestTag;
import troupe.actors.SequenceEvent;
import troupe.actors.WorkerSelector;

/** Writes down what happens to one request and when, as a {@link Waterfall} of it. Thread-safe; times are passed in. */
final class Timeline {
    /** Attempts that are kept of a request. */
    static final int MOST_ATTEMPTS = 64;

    /**
     * Who the request is.
     *
     * @param receivedAt milliseconds since 1970-01-01 UTC
     * @param receivedNanos the same moment, by the clock of all later times
     */
    record Head(
            String id,
            @Nullable String clientId,
            @Nullable TraceContext trace,
            String path,
            long receivedAt,
            long receivedNanos) {
        RequestTag tag() {
            return new RequestTag(id, trace == null ? null : trace.traceId());
        }
    }

    private static final class Attempt {
        final int choice;
        final int number;
        final String worker;
        final long submitted;
        final WorkerSelector.@Nullable Selection selection;
        int cachedTokens;
        long prefillBegin = Waterfall.NEVER;
        long firstToken = Waterfall.NEVER;
        long lastToken = Waterfall.NEVER;
        long ended = Waterfall.NEVER;
        int tokens;
        Waterfall.Outcome outcome = Waterfall.Outcome.RUNNING;

        Attempt(int choice, int number, String worker, long submitted, WorkerSelector.@Nullable Selection selection) {
            this.choice = choice;
            this.number = number;
            this.worker = worker;
            this.submitted = submitted;
            this.selection = selection;
        }

        void end(Waterfall.Outcome how, long at) {
            if (ended == Waterfall.NEVER) {
                outcome = how;
                ended = at;
            }
        }
    }

    private final Head head;
    private final List<Attempt> attempts = new ArrayList<>();
    /** The latest attempt of each choice. */
    private final Map<Integer, Attempt> current = new HashMap<>();

    private final Set<Integer> startedChoices = new HashSet<>();

    private @Nullable String traceId;
    private String tenant = "";
    private String model = "";
    private long parsed = Waterfall.NEVER;
    private long tokenized = Waterfall.NEVER;
    private long accepted = Waterfall.NEVER;
    private long firstToken = Waterfall.NEVER;
    private long lastToken = Waterfall.NEVER;
    private long ended = Waterfall.NEVER;
    private int status;
    private String reason = "";
    private int promptTokens;
    private int cachedTokens;
    private int outputTokens;
    private int attemptsLeftOut;

    Timeline(Head head) {
        this.head = head;
        traceId = head.tag().traceId();
    }

    String id() {
        return head.id();
    }

    synchronized void isFrom(String sender) {
        tenant = sender;
    }

    synchronized void isFor(String deployed) {
        model = deployed;
    }

    /** The request is understood. */
    synchronized void parsed(long nowNanos) {
        parsed = since(nowNanos);
    }

    /** An event of choice {@code choice}, counted over all prompts. */
    synchronized void on(int choice, SequenceEvent event, long nowNanos) {
        long now = since(nowNanos);
        switch (event) {
            case SequenceEvent.Accepted begun -> {
                promptTokens += begun.prompt().size();
                tokenized = Math.max(tokenized, Math.min(now, Math.max(0, parsed) + begun.tokenizingNanos()));
                accepted = now;
            }
            case SequenceEvent.Started started -> onStarted(choice, started, now);
            case SequenceEvent.Interrupted ignored -> end(choice, Waterfall.Outcome.LOST, now);
            case SequenceEvent.Routed routed ->
                begin(new Attempt(
                        choice, routed.attempt(), routed.selection().worker().name(), now, routed.selection()));
            case SequenceEvent.PromptScored ignored -> {}
            case SequenceEvent.Delta delta -> onTokens(choice, delta.tokens().size(), now);
            case SequenceEvent.ChoiceFinished ignored -> end(choice, Waterfall.Outcome.FINISHED, now);
            case SequenceEvent.Completed ignored -> {}
            case SequenceEvent.Failed ignored -> {}
        }
    }

    /** The terminal event, or the refusal. */
    synchronized void ended(int responseStatus, String why, long nowNanos) {
        status = responseStatus;
        reason = why;
        ended = since(nowNanos);
        for (Attempt attempt : attempts) {
            attempt.end(Waterfall.Outcome.STOPPED, ended);
        }
    }

    /** The request was exported as this trace. */
    synchronized void traced(String id) {
        traceId = id;
    }

    synchronized Waterfall snapshot() {
        List<Waterfall.Attempt> shown = new ArrayList<>(attempts.size());
        for (Attempt attempt : attempts) {
            shown.add(new Waterfall.Attempt(
                    attempt.choice,
                    attempt.number,
                    attempt.worker,
                    attempt.cachedTokens,
                    attempt.submitted,
                    attempt.prefillBegin,
                    attempt.firstToken,
                    attempt.lastToken,
                    attempt.ended,
                    attempt.tokens,
                    attempt.outcome,
                    attempt.selection));
        }
        return new Waterfall(
                head.id(),
                head.clientId(),
                head.trace(),
                traceId,
                head.path(),
                tenant,
                model,
                head.receivedAt(),
                parsed,
                tokenized,
                accepted,
                firstToken,
                lastToken,
                ended,
                status,
                reason,
                promptTokens,
                cachedTokens,
                outputTokens,
                shown,
                attemptsLeftOut);
    }

    private void onStarted(int choice, SequenceEvent.Started started, long now) {
        Attempt attempt = current.get(choice);
        if (attempt == null || attempt.number != started.attempt()) {
            // Where it went was not said: the reader was far behind.
            attempt = new Attempt(choice, started.attempt(), started.worker(), Math.max(0, accepted), null);
            begin(attempt);
        }
        attempt.cachedTokens = started.cachedTokens();
        // The news comes with the step's result, so the queue's end is reckoned from its beginning.
        attempt.prefillBegin = Math.min(now, attempt.submitted + started.queuedNanos());
        if (startedChoices.add(choice) && started.choice() == 0) {
            cachedTokens += started.cachedTokens();
        }
    }

    private void onTokens(int choice, int count, long now) {
        if (count == 0) {
            return;
        }
        outputTokens += count;
        firstToken = firstToken == Waterfall.NEVER ? now : firstToken;
        lastToken = now;
        Attempt attempt = current.get(choice);
        if (attempt != null) {
            attempt.tokens += count;
            attempt.firstToken = attempt.firstToken == Waterfall.NEVER ? now : attempt.firstToken;
            attempt.lastToken = now;
        }
    }

    private void begin(Attempt attempt) {
        current.put(attempt.choice, attempt);
        if (attempts.size() < MOST_ATTEMPTS) {
            attempts.add(attempt);
        } else {
            attemptsLeftOut++;
        }
    }

    private void end(int choice, Waterfall.Outcome how, long now) {
        Attempt attempt = current.get(choice);
        if (attempt != null) {
            attempt.end(how, now);
        }
    }

    private long since(long nowNanos) {
        return Math.max(0, nowNanos - head.receivedNanos());
    }
}
