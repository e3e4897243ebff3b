package troupe.http;

import java.util.ArrayList;
import java.util.List;

/** Tells, once, that the client has closed its connection, or that the connection is over. Thread-safe. */
final class Disconnect {
    private final List<Runnable> actions = new ArrayList<>();
    private boolean happened;

    void signal() {
        List<Runnable> due;
        synchronized (this) {
            happened = true;
            due = List.copyOf(actions);
            actions.clear();
        }
        due.forEach(Runnable::run);
    }

    /**
     * Runs {@code action} when it happens, or now if it has.
     *
     * @return forgets the action: what lives no longer than an answer is not to be held as long as its connection
     */
    Runnable onSignal(Runnable action) {
        synchronized (this) {
            if (!happened) {
                actions.add(action);
                return () -> forget(action);
            }
        }
        action.run();
        return () -> {};
    }

    private synchronized void forget(Runnable action) {
        actions.remove(action);
    }
}
