package troupe.cluster.routing;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;

/** The reservations of which something is expected yet, by attempt. */
final class Reservations {
    private final Map<AttemptKey, Reservation> byAttempt = new HashMap<>();

    void hold(Reservation reservation) {
        byAttempt.put(reservation.attempt, reservation);
    }

    /** Takes the attempt's reservation out; null if there is none. */
    @Nullable
    Reservation take(AttemptKey attempt) {
        return byAttempt.remove(attempt);
    }

    /** The worker has the attempt, or will never have it. */
    void release(AttemptKey attempt) {
        Reservation reservation = byAttempt.get(attempt);
        if (reservation != null) {
            reservation.load.release(reservation);
        }
    }

    /** The worker's last report includes the attempt, or it has ended. Gives its worker's load; null if there is none. */
    @Nullable
    WorkerLoad arrived(AttemptKey attempt) {
        Reservation reservation = byAttempt.get(attempt);
        if (reservation == null) {
            return null;
        }
        reservation.load.arrived(reservation);
        return reservation.load;
    }

    /** Nothing is expected any more. */
    void forget(Reservation reservation) {
        byAttempt.remove(reservation.attempt, reservation);
    }

    void forget(WorkerLoad load) {
        byAttempt.values().removeIf(reservation -> reservation.load == load);
    }
}
