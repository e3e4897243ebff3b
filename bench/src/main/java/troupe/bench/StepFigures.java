package troupe.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import troupe.engine.executor.StepProfile;
import troupe.engine.executor.StepProfile.Phase;

/**
 * Where the time of one kind of step goes.
 *
 * @param steps counted
 * @param micros of each phase, per step
 * @param allocatedBytes on the Java heap, per step, by all threads
 */
record StepFigures(long steps, Map<Phase, Double> micros, double allocatedBytes) {
    static StepFigures of(StepProfile profile, long allocatedBytes) {
        Map<Phase, Double> micros = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            micros.put(phase, profile.nanos(phase) / 1e3 / profile.steps());
        }
        return new StepFigures(profile.steps(), micros, (double) allocatedBytes / profile.steps());
    }

    /** The median of every figure by itself. */
    static StepFigures median(List<StepFigures> readings) {
        long steps = 0;
        Map<Phase, Double> micros = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            List<Double> values = new ArrayList<>();
            for (StepFigures reading : readings) {
                values.add(reading.micros(phase));
            }
            micros.put(phase, new Measurement(values).median());
        }
        List<Double> bytes = new ArrayList<>();
        for (StepFigures reading : readings) {
            steps += reading.steps();
            bytes.add(reading.allocatedBytes());
        }
        return new StepFigures(steps, micros, new Measurement(bytes).median());
    }

    double micros(Phase phase) {
        return micros.getOrDefault(phase, 0.0);
    }

    /** A whole step. */
    double totalMicros() {
        double total = 0;
        for (Phase phase : Phase.values()) {
            total += micros(phase);
        }
        return total;
    }

    /** The engine's own work around a step: neither kernels nor sampling. */
    double hostMicros() {
        double total = 0;
        for (Phase phase : Phase.values()) {
            total += phase.isHost() ? micros(phase) : 0;
        }
        return total;
    }
}
