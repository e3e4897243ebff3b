package troupe.cluster.simulation.faults;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Fates drawn from a seed. Each run draws first which things go wrong in it and how often, so that some runs are all lost
 * messages, others all deaths, and some are calm.
 */
final class SeededFates implements Fates {
    private static final int MILLION = 1_000_000;

    private static final int[] NONE = {};

    /** By how much a run's rates differ. */
    private static final int[] INTENSITIES = {0, 1, 1, 2, 4, 10};

    private final SplittableRandom random;
    /** By peril, then outcome from the second on: how often of a million times. */
    private final Map<Peril, int[]> rates = new EnumMap<>(Peril.class);

    SeededFates(long seed) {
        random = new SplittableRandom(seed);
        int intensity = INTENSITIES[random.nextInt(INTENSITIES.length)];
        for (Peril peril : Peril.values()) {
            int[] rate = usual(peril);
            for (int i = 0; i < rate.length; i++) {
                rate[i] *= random.nextBoolean() ? intensity : 0;
            }
            rates.put(peril, rate);
        }
    }

    /** Where everything goes wrong now and then. */
    private static int[] usual(Peril peril) {
        return switch (peril) {
            case MESSAGE, NEWS -> new int[] {8_000, 8_000, 15_000, 3_000};
            case STEP -> new int[] {2_000, 1_000, 1_500, 1_500, 1_500};
            case CLIENT -> new int[] {1_000, 2_000, 2_000};
            case GATEWAY -> new int[] {1_000, 1_000, 1_000, 1_000, 500};
        };
    }

    @Override
    public int choose(Peril peril) {
        int[] rate = rates.getOrDefault(peril, NONE);
        int draw = random.nextInt(MILLION);
        for (int i = 0; i < rate.length; i++) {
            draw -= rate[i];
            if (draw < 0) {
                return i + 1;
            }
        }
        return 0;
    }

    @Override
    public long spread(long most) {
        return most == 0 ? 0 : random.nextLong(most);
    }
}
