package troupe.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where other threads leave word for the engine's thread. Bounded: requests by {@code maxWaiting}, cancellations by the
 * attempts that are live. The lock is held for a few instructions only, so nobody waits for a step.
 *
 * <pre>
 *   OPEN --drain--> DRAINING --stop--> STOPPED
 *     '------------- stop -------------^
 * </pre>
 */
final class Inbox {
    enum State {
        OPEN,
        DRAINING,
        STOPPED
    }

    /** All that was left since the last look; requests come before cancellations. */
    record Mail(List<EngineRequest> requests, List<AttemptKey> cancellations, State state, long drainDeadlineNanos) {}

    private final int maxWaiting;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Set<AttemptKey> live = new HashSet<>();
    private List<EngineRequest> requests = new ArrayList<>();
    private Set<AttemptKey> cancellations = new LinkedHashSet<>();
    private State state = State.OPEN;
    private long drainDeadlineNanos;
    /** Attempts that the engine's thread took from here and that are not in the batch. */
    private int waiting;

    Inbox(int maxWaiting) {
        this.maxWaiting = maxWaiting;
    }

    Admission offer(EngineRequest request) {
        lock.lock();
        try {
            if (state != State.OPEN) {
                return Admission.CLOSED;
            }
            if (live.contains(request.key())) {
                return Admission.ACCEPTED;
            }
            if (requests.size() + waiting >= maxWaiting) {
                return Admission.FULL;
            }
            live.add(request.key());
            requests.add(request);
            arrived.signal();
            return Admission.ACCEPTED;
        } finally {
            lock.unlock();
        }
    }

    void cancel(AttemptKey key) {
        lock.lock();
        try {
            if (live.contains(key)) {
                cancellations.add(key);
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Refuses requests from now on; a shorter deadline replaces a longer one. */
    void drain(long deadlineNanos) {
        lock.lock();
        try {
            if (state == State.OPEN || (state == State.DRAINING && deadlineNanos - drainDeadlineNanos < 0)) {
                state = State.DRAINING;
                drainDeadlineNanos = deadlineNanos;
                arrived.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    void stop() {
        lock.lock();
        try {
            state = State.STOPPED;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Takes all mail; waits for some while {@code idle} and open. */
    Mail take(boolean idle) {
        lock.lock();
        try {
            while (idle && state == State.OPEN && requests.isEmpty() && cancellations.isEmpty()) {
                arrived.awaitUninterruptibly();
            }
            if (requests.isEmpty() && cancellations.isEmpty()) {
                return new Mail(List.of(), List.of(), state, drainDeadlineNanos);
            }
            Mail mail = new Mail(requests, List.copyOf(cancellations), state, drainDeadlineNanos);
            waiting += requests.size();
            requests = new ArrayList<>();
            cancellations = new LinkedHashSet<>();
            return mail;
        } finally {
            lock.unlock();
        }
    }

    /** The engine's thread tells how many of those it took are not in the batch. */
    void setWaiting(int waitingNow) {
        lock.lock();
        try {
            waiting = waitingNow;
        } finally {
            lock.unlock();
        }
    }

    /** The engine's thread tells which attempts have ended: from now on their keys are new ones. */
    void forget(List<EngineEvent> events) {
        lock.lock();
        try {
            for (EngineEvent event : events) {
                if (event instanceof EngineEvent.Terminal) {
                    live.remove(event.key());
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
