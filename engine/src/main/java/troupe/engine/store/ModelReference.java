package troupe.engine.store;

import java.nio.file.Path;

/**
 * What a user's name for a model means.
 *
 * @param name what requests call the model
 * @param path its file
 * @param present whether the file is there; if not, {@link ModelStore#pull} of {@code name} fetches it
 */
public record ModelReference(String name, Path path, boolean present) {}
