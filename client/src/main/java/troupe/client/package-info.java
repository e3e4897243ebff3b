/** A client of Troupe's HTTP API whose streams go on where they were when a connection or a gateway is lost. */
@NullMarked
package troupe.client;

import org.jspecify.annotations.NullMarked;
