package troupe.engine.executor;

import java.util.Arrays;

/**
 * Where the time of an engine's steps goes: nanoseconds per phase, added up by laps of one clock. Off unless asked for;
 * a lap then costs one test.
 *
 * <p>Belongs to the engine's thread: read it there too, in the listener, say. Phases that run on all cores count once,
 * by the clock on the wall.
 */
public final class StepProfile {
    /** What a step consists of, in the order of a step. */
    public enum Phase {
        SCHEDULING("scheduling: inbox, scheduler, plan, batch"),
        EMBEDDING("embedding"),
        NORM("norms, and to int8"),
        QUANTIZE("attention's results to int8"),
        QUERY_KEY_VALUE("product: query, key, value"),
        ROPE_STORE("rope, store keys and values"),
        ATTENTION("attention"),
        ATTENTION_OUTPUT("product: attention output"),
        GATE_UP("product: gate, up"),
        SWIGLU("swiglu, and to int8"),
        DOWN("product: down"),
        HEAD("head: norm, product with the vocabulary"),
        SAMPLING("sampling"),
        COMMIT("commit: tokens, blocks, events"),
        HAND_OVER("hand-over to the listener");

        private final String title;

        Phase(String title) {
            this.title = title;
        }

        /** For people. */
        public String title() {
            return title;
        }

        /** Whether this is neither a kernel nor sampling: the engine's own work around a step. */
        public boolean isHost() {
            return this == SCHEDULING || this == COMMIT || this == HAND_OVER;
        }
    }

    private final boolean on;
    private final long[] nanos = new long[Phase.values().length];
    private long steps;
    private long last;

    private StepProfile(boolean on) {
        this.on = on;
    }

    /** Counts nothing. */
    public static StepProfile off() {
        return new StepProfile(false);
    }

    /** Counts from now on. */
    public static StepProfile on() {
        return new StepProfile(true);
    }

    /** The next lap begins now; what passed since the last one belongs to no phase. */
    public void restart() {
        if (on) {
            last = System.nanoTime();
        }
    }

    /** The time since the last lap belongs to {@code phase}. */
    public void lap(Phase phase) {
        if (on) {
            long now = System.nanoTime();
            nanos[slot(phase)] += now - last;
            last = now;
        }
    }

    /** A step has ended. */
    public void endStep() {
        if (on) {
            steps++;
        }
    }

    /** Steps counted. */
    public long steps() {
        return steps;
    }

    /** Nanoseconds of a phase over all steps counted. */
    public long nanos(Phase phase) {
        return nanos[slot(phase)];
    }

    @SuppressWarnings("EnumOrdinal") // a place in an array of this object, never stored
    private static int slot(Phase phase) {
        return phase.ordinal();
    }

    /** Forgets all counts. */
    public void clear() {
        Arrays.fill(nanos, 0);
        steps = 0;
    }
}
