/** What this machine can do at most, measured, and who else keeps it busy. */
@NullMarked
package troupe.bench.probe;

import org.jspecify.annotations.NullMarked;
