package troupe.bench.routing;

import java.util.SplittableRandom;

/** Random times. */
final class Arrivals {
    private Arrivals() {}

    /** Times in seconds, ascending, of events that happen at random. */
    static double[] random(int count, double perSecond, SplittableRandom random) {
        double[] times = new double[count];
        double now = 0;
        for (int i = 0; i < count; i++) {
            times[i] = now;
            now += exponential(1 / perSecond, random);
        }
        return times;
    }

    static double exponential(double mean, SplittableRandom random) {
        return -mean * Math.log1p(-random.nextDouble());
    }
}
