/** The other side of a comparison: llama.cpp's programs, how to get them, and the files that both sides read. */
@NullMarked
package troupe.bench.peer;

import org.jspecify.annotations.NullMarked;
