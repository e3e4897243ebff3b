@NullMarked
package troupe.actors.resume;

import org.jspecify.annotations.NullMarked;
