@NullMarked
package troupe.engine.store;

import org.jspecify.annotations.NullMarked;
