@NullMarked
package troupe.engine.gguf;

import org.jspecify.annotations.NullMarked;
