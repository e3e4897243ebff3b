package troupe.cluster.simulation.faults;

import java.util.function.BooleanSupplier;
import troupe.cluster.simulation.EventQueue;

/**
 * A process: what runs in it dies, freezes and is cut off with it.
 *
 * <pre>
 *   running <--freeze, thaw--> frozen: nothing runs, all of it later
 *      |
 *      '--kill--> dead: nothing runs, nothing ever will
 * </pre>
 */
final class Machine {
    private final String name;
    private final EventQueue events;
    private final boolean gateway;
    private boolean alive = true;
    private boolean everFrozen;
    private long frozenUntil;
    private long cutOffUntil;
    private long cutOffFromPeersUntil;

    Machine(String name, boolean gateway, EventQueue events) {
        this.name = name;
        this.gateway = gateway;
        this.events = events;
    }

    /** Whether gateways, and what belongs to them, run in it. */
    boolean isGateway() {
        return gateway;
    }

    boolean isAlive() {
        return alive;
    }

    /** Whether what goes to or from it gets lost. */
    boolean isCutOff() {
        return cutOffUntil > events.now();
    }

    /** Whether what goes to or from another gateway gets lost. */
    boolean isCutOffFromPeers() {
        return cutOffFromPeersUntil > events.now();
    }

    /** When it is reached again, nanos. */
    long reachedFrom() {
        return Math.max(cutOffUntil, events.now());
    }

    void kill() {
        alive = false;
    }

    void freeze(long nanos) {
        everFrozen = true;
        frozenUntil = Math.max(frozenUntil, events.now() + nanos);
    }

    void cutOff(long nanos) {
        cutOffUntil = Math.max(cutOffUntil, events.now() + nanos);
    }

    /** Whether what came to it once had to wait, so that much was handled in one go. */
    boolean wasFrozen() {
        return everFrozen;
    }

    void cutOffFromPeers(long nanos) {
        cutOffFromPeersUntil = Math.max(cutOffFromPeersUntil, events.now() + nanos);
    }

    /** Runs {@code action} as soon as the process runs, if it lives then. */
    void run(Runnable action) {
        if (!alive) {
            return;
        }
        if (frozenUntil > events.now()) {
            events.at(frozenUntil, () -> run(action));
        } else {
            action.run();
        }
    }

    void after(long nanos, Runnable action) {
        events.after(nanos, () -> run(action));
    }

    /** Runs {@code action} again and again until it gives false. */
    void every(long nanos, BooleanSupplier action) {
        after(nanos, () -> {
            if (action.getAsBoolean()) {
                every(nanos, action);
            }
        });
    }

    @Override
    public String toString() {
        return name;
    }
}
