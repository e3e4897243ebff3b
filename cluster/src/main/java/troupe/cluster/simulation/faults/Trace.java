package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import troupe.cluster.simulation.EventQueue;

/** What happened, as one hash, and in words where that is wanted. */
public final class Trace {
    private static final long PRIME = 0x9E3779B97F4A7C15L;

    private final boolean inWords;
    private final List<String> lines = new ArrayList<>();
    private long hash;
    private long steps;

    /** @param inWords keep a line for each step */
    public Trace(boolean inWords) {
        this.inWords = inWords;
    }

    void step(EventQueue events, long what, Supplier<String> words) {
        steps++;
        hash = (hash ^ what ^ Long.rotateLeft(events.now(), 17)) * PRIME;
        hash ^= hash >>> 32;
        if (inWords) {
            lines.add(String.format(Locale.ROOT, "%11.6f s  %s", events.now() / 1e9, words.get()));
        }
    }

    /** Equal runs have equal hashes. */
    public long hash() {
        return hash;
    }

    public long steps() {
        return steps;
    }

    /** Empty where words are not kept. */
    public List<String> lines() {
        return List.copyOf(lines);
    }
}
