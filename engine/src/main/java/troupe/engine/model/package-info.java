/** A model as loaded from disk: its validated configuration, its tensors by role, its tokenizer and its identity. */
@NullMarked
package troupe.engine.model;

import org.jspecify.annotations.NullMarked;
