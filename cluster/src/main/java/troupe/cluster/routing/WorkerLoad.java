package troupe.cluster.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import troupe.actors.WorkerId;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;

/** What a worker has to do: what it reported last, and the attempts sent to it that its reports do not include yet. */
final class WorkerLoad {
    private static final long MOST_TOKENS = 1L << 40;
    private static final int MOST_SEQUENCES = 1 << 24;

    final WorkerId worker;
    /** Sequences that it has room for. */
    private final int places;

    private final List<Reservation> reservations = new ArrayList<>();
    private long reportedTokens;
    private int reportedSequences;
    private int reportedPrompts;
    private long steps;
    private long reservedTokens;
    private int reservedSequences;

    /** Tokens to prefill before an attempt that comes now. */
    long tokens() {
        return reportedTokens + reservedTokens;
    }

    /** Prompts that these tokens are of, about: how many are under way is not reported, and seldom more than one. */
    int prompts() {
        return reportedPrompts + reservedSequences;
    }

    /** Sequences running, waiting or on the way. */
    int sequences() {
        return reportedSequences + reservedSequences;
    }

    /** Whether it has a place for one more. */
    boolean hasRoom() {
        return sequences() < places;
    }

    /** @param places sequences that the worker has room for, running or waiting */
    WorkerLoad(WorkerId worker, int places) {
        this.worker = worker;
        this.places = places;
    }

    /** Of which something is expected yet. */
    List<Reservation> reservations() {
        return reservations;
    }

    /** Counts an attempt that has so many tokens to prefill. */
    Reservation reserve(AttemptKey attempt, int tokens) {
        Reservation reservation = new Reservation(attempt, this, tokens);
        reservations.add(reservation);
        reservedTokens += tokens;
        reservedSequences++;
        return reservation;
    }

    /** The worker has the attempt, or will never have it; which of both is not known. */
    void release(Reservation reservation) {
        if (!reservation.released) {
            reservation.release(steps, reportedSequences == 0);
        }
    }

    /** The last report includes the attempt, or it has ended. */
    void arrived(Reservation reservation) {
        show(reservation);
    }

    /** The attempt is not on the worker. */
    void drop(Reservation reservation) {
        if (reservations.remove(reservation)) {
            show(reservation);
        }
    }

    /** The worker reports; {@code ended} gets the reservations of which nothing is expected any more. */
    void report(EngineStats stats, Consumer<Reservation> ended) {
        // Numbers from another machine: none must make it look better than idle.
        reportedTokens = Math.clamp(stats.waitingTokens(), 0, MOST_TOKENS);
        int waiting = Math.clamp(stats.waiting(), 0, MOST_SEQUENCES);
        reportedSequences = Math.clamp(stats.running(), 0, MOST_SEQUENCES) + waiting;
        reportedPrompts = waiting + (reportedTokens > 0 ? 1 : 0);
        steps = stats.steps();
        int kept = 0;
        for (int i = 0; i < reservations.size(); i++) {
            Reservation each = reservations.get(i);
            each.onReport(reportedSequences == 0);
            if (each.isIn(steps)) {
                show(each);
            }
            if (each.isOver(steps)) {
                ended.accept(each);
            } else {
                reservations.set(kept++, each);
            }
        }
        reservations.subList(kept, reservations.size()).clear();
    }

    private void show(Reservation reservation) {
        if (!reservation.shown) {
            reservation.shown = true;
            reservedTokens -= reservation.tokens;
            reservedSequences--;
        }
    }
}
