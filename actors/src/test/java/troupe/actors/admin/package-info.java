@NullMarked
package troupe.actors.admin;

import org.jspecify.annotations.NullMarked;
