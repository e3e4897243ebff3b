package troupe.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** How long the phases of a start take. Phases of different threads may overlap; any thread may measure one. */
final class StartPhases {
    /** Something to measure. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run() throws E;
    }

    private record Phase(String name, long millis, boolean aside) {}

    private final LongSupplier nanoClock;
    private final Thread starter;
    private final List<Phase> phases = new ArrayList<>();

    /** Belongs to the thread that starts the server: what others do is said to happen beside it. */
    StartPhases(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.starter = Thread.currentThread();
    }

    /** Adds a phase that is over. */
    synchronized void add(String name, long millis) {
        phases.add(new Phase(name, millis, Thread.currentThread() != starter));
    }

    /** Runs {@code work} as a phase. */
    <T, E extends Exception> T measure(String name, Work<T, E> work) throws E {
        long begin = nanoClock.getAsLong();
        try {
            return work.run();
        } finally {
            add(name, (nanoClock.getAsLong() - begin) / 1_000_000);
        }
    }

    /** Such as "settings 40 ms, cluster node 300 ms, HTTP 50 ms; beside these: model 80 ms, weights 60 ms". */
    @Override
    public synchronized String toString() {
        String own = join(false);
        String aside = join(true);
        return aside.isEmpty() ? own : own + "; beside these: " + aside;
    }

    private String join(boolean aside) {
        StringBuilder text = new StringBuilder();
        for (Phase phase : phases) {
            if (phase.aside() == aside) {
                text.append(text.isEmpty() ? "" : ", ");
                text.append(String.format(Locale.ROOT, "%s %,d ms", phase.name(), phase.millis()));
            }
        }
        return text.toString();
    }
}
