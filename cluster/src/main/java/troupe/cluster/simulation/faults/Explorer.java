package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Lets happen whatever can happen, within a number of things that go wrong: runs a deterministic world again and again, each
 * time with other deviations from the run in which nothing goes wrong, until there is no other set of them.
 *
 * <p>A run is named by its deviations, each the number of a question that the world asked its {@link Fates}, and the answer.
 * All runs with at most {@code most} of them are visited, each once, depth first: what follows a deviation depends on it, so
 * the further ones are chosen among the questions that come after it.
 */
final class Explorer {
    /** At its {@code question}th question the world hears {@code answer} in place of 0. */
    record Deviation(int question, Peril peril, int answer) {
        @Override
        public String toString() {
            return question + ":" + peril + "=" + answer;
        }
    }

    /** Answers from a list, 0 beyond it, and remembers what was asked. */
    private static final class ListedFates implements Fates {
        private final List<Deviation> deviations;
        private final List<Peril> asked = new ArrayList<>();
        private int next;

        ListedFates(List<Deviation> deviations) {
            this.deviations = deviations;
        }

        @Override
        public int choose(Peril peril) {
            asked.add(peril);
            if (next < deviations.size() && deviations.get(next).question() == asked.size() - 1) {
                return deviations.get(next++).answer();
            }
            return 0;
        }

        @Override
        public long spread(long most) {
            return 0;
        }
    }

    private final Set<Peril> perils;
    private final Consumer<Fates> world;
    private long runs;

    /**
     * @param perils that are explored; of the others nothing goes wrong
     * @param world runs from its beginning to its end; equal answers give equal runs
     */
    Explorer(Set<Peril> perils, Consumer<Fates> world) {
        this.perils = EnumSet.copyOf(perils);
        this.world = world;
    }

    /** Runs that were made. */
    long runs() {
        return runs;
    }

    /**
     * Visits every run with at most {@code most} deviations.
     *
     * @throws Found by the first that does not keep an invariant
     */
    void explore(int most) {
        explore(most, List.of());
    }

    /** Runs the world with these deviations alone. */
    void replay(List<Deviation> deviations) {
        world.accept(new ListedFates(deviations));
    }

    private void explore(int most, List<Deviation> deviations) {
        ListedFates fates = new ListedFates(deviations);
        runs++;
        try {
            world.accept(fates);
        } catch (RuntimeException e) {
            throw new Found(deviations, e);
        }
        if (most == 0) {
            return;
        }
        int first = deviations.isEmpty() ? 0 : deviations.getLast().question() + 1;
        for (int question = first; question < fates.asked.size(); question++) {
            Peril peril = fates.asked.get(question);
            for (int answer = 1; perils.contains(peril) && answer < peril.outcomes(); answer++) {
                List<Deviation> more = new ArrayList<>(deviations);
                more.add(new Deviation(question, peril, answer));
                explore(most - 1, more);
            }
        }
    }

    /** A run that does not keep an invariant; its deviations bring it about again. */
    static final class Found extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient List<Deviation> deviations;

        private Found(List<Deviation> deviations, RuntimeException cause) {
            super("with the deviations " + deviations + ": " + cause.getMessage(), cause);
            this.deviations = List.copyOf(deviations);
        }

        List<Deviation> deviations() {
            return deviations;
        }
    }
}
