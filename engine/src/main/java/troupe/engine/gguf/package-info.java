/** GGUF model files: a bounds-checked reader over mapped memory, tensor types, and exact dequantization. */
@NullMarked
package troupe.engine.gguf;

import org.jspecify.annotations.NullMarked;
