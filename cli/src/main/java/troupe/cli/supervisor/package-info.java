/** Several node processes on one machine: started, watched, restarted, ended in the right order. */
@NullMarked
package troupe.cli.supervisor;

import org.jspecify.annotations.NullMarked;
