package troupe.cluster.routing;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;

/** The reservations that are held, by attempt. */
final class Reservations {
    private final Map<AttemptKey, Reservation> held = new HashMap<>();

    void hold(AttemptKey attempt, Reservation reservation) {
        held.put(attempt, reservation);
    }

    /** Takes the attempt's reservation out; null if none is held. */
    @Nullable
    Reservation take(AttemptKey attempt) {
        return held.remove(attempt);
    }

    /** Releases the attempt's reservation, if one is held. */
    void release(AttemptKey attempt) {
        Reservation reservation = held.remove(attempt);
        if (reservation != null) {
            reservation.load.release(reservation);
        }
    }

    void forget(WorkerLoad load) {
        held.values().removeIf(reservation -> reservation.load == load);
    }
}
