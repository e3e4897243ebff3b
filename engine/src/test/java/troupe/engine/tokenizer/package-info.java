@NullMarked
package troupe.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
