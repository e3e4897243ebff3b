@NullMarked
package troupe.engine.model;

import org.jspecify.annotations.NullMarked;
