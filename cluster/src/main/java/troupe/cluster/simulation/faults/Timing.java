package troupe.cluster.simulation.faults;

import java.time.Duration;
import troupe.engine.EngineSpeed;

/**
 * How long things take in virtual time.
 *
 * @param speed of an engine's steps
 * @param messageNanos between two machines, at least; at most twice as long
 * @param lateNanos that a late message takes more
 * @param veryLateNanos that a very late message takes more: past what anybody waits for
 * @param heartbeat of workers
 * @param heartbeatLimit after which a gateway takes a silent worker for dead
 * @param silenceLimit of engines, and of workers that do not answer
 * @param resumablesTick how often tokens go to replicas
 * @param removalNanos from a process's death until the others hear of it by their membership
 * @param restartNanos from a process's death until another one is there
 * @param outageNanos that a frozen or cut off process stays so, at most
 */
public record Timing(
        EngineSpeed speed,
        long messageNanos,
        long lateNanos,
        long veryLateNanos,
        Duration heartbeat,
        Duration heartbeatLimit,
        Duration silenceLimit,
        Duration resumablesTick,
        long removalNanos,
        long restartNanos,
        long outageNanos) {
    /** Those of production's settings, scaled down where that saves events. */
    public static Timing standard() {
        return new Timing(
                new EngineSpeed(0.005, 0.0002, 0.0005),
                500_000,
                20_000_000,
                1_500_000_000,
                Duration.ofMillis(250),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofMillis(50),
                3_000_000_000L,
                500_000_000,
                3_000_000_000L);
    }
}
