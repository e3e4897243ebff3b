@NullMarked
package troupe.client;

import org.jspecify.annotations.NullMarked;
