package troupe.cluster.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/** The workers that one selection looks at, and the rule that chooses among them. */
final class Candidates {
    private final List<RoutedWorker> workers = new ArrayList<>();
    private int[] cachedTokens = new int[64];
    private double[] seconds = new double[64];
    private int[] ties = new int[64];

    void clear() {
        workers.clear();
    }

    void add(RoutedWorker worker, int cached, double estimate) {
        int size = workers.size();
        if (size == ties.length) {
            cachedTokens = Arrays.copyOf(cachedTokens, 2 * size);
            seconds = Arrays.copyOf(seconds, 2 * size);
            ties = Arrays.copyOf(ties, 2 * size);
        }
        cachedTokens[size] = cached;
        seconds[size] = estimate;
        workers.add(worker);
    }

    RoutedWorker worker(int candidate) {
        return workers.get(candidate);
    }

    int cachedTokens(int candidate) {
        return cachedTokens[candidate];
    }

    double seconds(int candidate) {
        return seconds[candidate];
    }

    /**
     * Among those within the window of the least estimate, the longest cached prefix; of equally long ones, the better of
     * two drawn at random. Two, because several gateways choose at once by reports of the past: all would take the best,
     * and the load would swing.
     *
     * @param share and {@code extraSeconds}: how much longer than the least estimate may take
     * @return its index; -1 if there are none
     */
    int choose(double share, double extraSeconds, RandomGenerator random) {
        int tied = findTies(share, extraSeconds);
        if (tied <= 1) {
            return tied == 0 ? -1 : ties[0];
        }
        int first = random.nextInt(tied);
        int other = random.nextInt(tied - 1);
        int second = other < first ? other : other + 1;
        return seconds[ties[second]] < seconds[ties[first]] ? ties[second] : ties[first];
    }

    /**
     * As {@link #choose}, but of equally long prefixes those to whom this gateway has sent the least that they have not
     * reported yet, and of these the worker number {@code rank}, counted over and over in the order of their names. For
     * gateways that choose at the same moment, each with a rank of its own: they take different ones.
     */
    int chooseByRank(double share, double extraSeconds, int rank) {
        int tied = findTies(share, extraSeconds);
        if (tied == 0) {
            return -1;
        }
        int fewest = Arrays.stream(ties, 0, tied).map(this::unreported).min().orElseThrow();
        List<Integer> equal = Arrays.stream(ties, 0, tied)
                .filter(candidate -> unreported(candidate) == fewest)
                .boxed()
                .sorted(Comparator.comparing(
                        candidate -> workers.get(candidate).id.name()))
                .toList();
        return equal.get(rank % equal.size());
    }

    private int unreported(int candidate) {
        return workers.get(candidate).load.reservations().size();
    }

    /** Gives how many have the longest prefix of those within the window, and names them in {@link #ties}. */
    private int findTies(double share, double extraSeconds) {
        int size = workers.size();
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            least = Math.min(least, seconds[i]);
        }
        double limit = least * (1 + share) + extraSeconds;
        int longest = -1;
        int tied = 0;
        for (int i = 0; i < size; i++) {
            if (seconds[i] <= limit && cachedTokens[i] >= longest) {
                if (cachedTokens[i] > longest) {
                    longest = cachedTokens[i];
                    tied = 0;
                }
                ties[tied++] = i;
            }
        }
        return tied;
    }
}
