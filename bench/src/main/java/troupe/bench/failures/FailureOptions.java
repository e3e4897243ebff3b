package troupe.bench.failures;

import java.nio.file.Path;

/**
 * How much of everything.
 *
 * @param model a name, or the path of a file
 * @param modelName as requests name it
 * @param streams at once, and the tokens of each
 * @param faults of each kind
 * @param readings of each figure that is read again and again
 * @param seconds of each part of a load that goes on for a while
 * @param folder of the nodes' logs, exists
 */
record FailureOptions(
        String model, String modelName, int streams, int tokens, int faults, int readings, int seconds, Path folder) {}
