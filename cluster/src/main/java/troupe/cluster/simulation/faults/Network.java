package troupe.cluster.simulation.faults;

import troupe.cluster.simulation.EventQueue;

/**
 * Carries messages. Within a machine they arrive, in order; between machines they may get lost, come twice, or be overtaken.
 */
final class Network {
    /** Messages of one process to itself. */
    private static final long LOCAL_NANOS = 1_000;

    private final EventQueue events;
    private final Fates fates;
    private final Trace trace;
    private final Sabotage sabotage;
    private final Timing timing;

    Network(EventQueue events, Fates fates, Trace trace, Sabotage sabotage, Timing timing) {
        this.events = events;
        this.fates = fates;
        this.trace = trace;
        this.sabotage = sabotage;
        this.timing = timing;
    }

    void send(Machine from, Endpoint to, Message message) {
        if (from == to.machine()) {
            deliver(LOCAL_NANOS, to, message);
            return;
        }
        Peril peril = message.isNews() ? Peril.NEWS : Peril.MESSAGE;
        int fate = fates.choose(peril);
        if (isCut(from, to.machine())) {
            fate = Peril.LOST;
        }
        if (fate != 0) {
            int outcome = fate;
            trace.step(events, fate, () -> "!! " + from + " -> " + to + " " + peril.outcome(outcome) + ": " + message);
        }
        long nanos = timing.messageNanos() + fates.spread(timing.messageNanos());
        if (fate != Peril.LOST) {
            deliver(nanos + delay(fate), to, message);
        }
        if (fate == Peril.TWICE) {
            deliver(nanos + timing.lateNanos() + fates.spread(timing.veryLateNanos()), to, message);
        }
    }

    private static boolean isCut(Machine from, Machine to) {
        boolean peers = from.isGateway() && to.isGateway();
        return from.isCutOff() || to.isCutOff() || (peers && (from.isCutOffFromPeers() || to.isCutOffFromPeers()));
    }

    private long delay(int fate) {
        return switch (fate) {
            case Peril.LATE -> timing.lateNanos() + fates.spread(timing.lateNanos());
            case Peril.VERY_LATE -> timing.veryLateNanos() + fates.spread(timing.veryLateNanos());
            default -> 0;
        };
    }

    /** Delivers exactly once, as soon as the two machines reach each other, {@code nanos} from now at the earliest. */
    void sendReliably(Machine from, long nanos, Endpoint to, Message message) {
        events.after(nanos, () -> {
            long reached = Math.max(from.reachedFrom(), to.machine().reachedFrom());
            if (reached > events.now()) {
                sendReliably(from, reached - events.now(), to, message);
            } else {
                deliver(timing.messageNanos() + fates.spread(timing.messageNanos()), to, message);
            }
        });
    }

    private void deliver(long nanos, Endpoint to, Message sent) {
        for (Message message : sabotage.delivered(to, sent)) {
            events.after(
                    nanos,
                    () -> to.machine().run(() -> {
                        trace.step(
                                events,
                                to.toString().hashCode() * 31L
                                        + message.getClass().getSimpleName().hashCode(),
                                () -> to + " <- " + message);
                        to.receive(message);
                    }));
        }
    }
}
