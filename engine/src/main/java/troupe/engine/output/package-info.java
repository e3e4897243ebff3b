/** From token ids to the text a client reads: incremental decoding, stop strings, offsets. */
@NullMarked
package troupe.engine.output;

import org.jspecify.annotations.NullMarked;
