package troupe.actors;

import org.slf4j.spi.LoggingEventBuilder;

/**
 * One life of one worker's engine.
 *
 * @param name of the worker, unique in the cluster
 * @param incarnation counts its engines: attempts of an earlier one are lost
 */
public record WorkerId(String name, long incarnation) {
    /** Names the worker in a line of the log. */
    LoggingEventBuilder in(LoggingEventBuilder line) {
        return line.addKeyValue("worker", name).addKeyValue("incarnation", incarnation);
    }
}
