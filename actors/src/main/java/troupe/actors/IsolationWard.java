package troupe.actors;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import troupe.engine.AttemptKey;

/**
 * Lets one suspect of each model at a time look for a worker of its own; the others wait in the order in which they came,
 * so that suspects never take all workers away from everybody else. Plain bookkeeping, bounded by the open requests.
 *
 * @param <S> what a suspect asks
 */
final class IsolationWard<S> {
    private record Waiting<S>(String model, S asked) {}

    /** The sequence that is inside, by model. */
    private final Map<String, String> inside = new HashMap<>();

    private final Map<AttemptKey, Waiting<S>> waiting = new LinkedHashMap<>();

    /** Whether the attempt's sequence is inside, now or already; otherwise what it asks is kept until its turn comes. */
    boolean enter(String model, AttemptKey attempt, S asked) {
        if (attempt.sequence().equals(inside.computeIfAbsent(model, ignored -> attempt.sequence()))) {
            return true;
        }
        waiting.put(attempt, new Waiting<>(model, asked));
        return false;
    }

    /** The attempt is given up. */
    void forget(AttemptKey attempt) {
        waiting.remove(attempt);
    }

    /** The sequence is no suspect any more, or has lost its worker; gives what the next one asks. */
    List<S> leave(String sequence) {
        waiting.keySet().removeIf(attempt -> attempt.sequence().equals(sequence));
        List<S> next = new ArrayList<>();
        List<String> free = new ArrayList<>();
        inside.forEach((model, held) -> {
            if (held.equals(sequence)) {
                free.add(model);
            }
        });
        for (String model : free) {
            inside.remove(model);
            next.addAll(next(model));
        }
        return next;
    }

    private List<S> next(String model) {
        List<S> next = new ArrayList<>();
        String sequence = null;
        var entries = waiting.entrySet().iterator();
        while (entries.hasNext()) {
            var entry = entries.next();
            String asking = entry.getKey().sequence();
            if (entry.getValue().model().equals(model) && (sequence == null || sequence.equals(asking))) {
                sequence = asking;
                next.add(entry.getValue().asked());
                entries.remove();
            }
        }
        return next;
    }
}
