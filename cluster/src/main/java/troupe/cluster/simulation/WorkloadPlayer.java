package troupe.cluster.simulation;

import java.util.Iterator;

/** Lets the requests of a workload come in virtual time. */
final class WorkloadPlayer {
    /** Takes requests. */
    @FunctionalInterface
    interface Client {
        /**
         * A request comes.
         *
         * @param turn of the session, counted from 0
         * @param ended to be run when its answer is complete
         */
        void request(int session, int turn, Turn request, Runnable ended);
    }

    private final Workload workload;
    private final double speedup;
    private final Window window;
    private final EventQueue events;
    private final Client client;

    private WorkloadPlayer(Workload workload, double speedup, Window window, EventQueue events, Client client) {
        this.workload = workload;
        this.speedup = speedup;
        this.window = window;
        this.events = events;
        this.client = client;
    }

    /**
     * Plans all sessions.
     *
     * @param speedup sessions begin this many times faster than the workload says; pauses within them stay
     * @param window after whose end no request comes
     */
    static void plan(Workload workload, double speedup, Window window, EventQueue events, Client client) {
        if (!(speedup > 0)) {
            throw new IllegalArgumentException("speedup is " + speedup + ", must be above 0");
        }
        new WorkloadPlayer(workload, speedup, window, events, client).planSession(0);
    }

    /** Each session plans the one after it, so that the queue stays short. */
    private void planSession(int session) {
        if (session < workload.size() && window.isOpen(events.now())) {
            events.at(Math.round(workload.startSeconds(session) / speedup * 1e9), () -> {
                planSession(session + 1);
                planTurn(session, 0, workload.turns(session).iterator());
            });
        }
    }

    private void planTurn(int session, int number, Iterator<Turn> turns) {
        if (turns.hasNext()) {
            Turn turn = turns.next();
            events.after(Math.round(turn.pauseSeconds() * 1e9), () -> {
                if (window.isOpen(events.now())) {
                    client.request(session, number, turn, () -> planTurn(session, number + 1, turns));
                }
            });
        }
    }
}
