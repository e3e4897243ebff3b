/** Model files on the user's disk: the catalogue of known models, and fetching them once into the cache folder. */
@NullMarked
package troupe.engine.store;

import org.jspecify.annotations.NullMarked;
