/** Bookkeeping of the paged KV cache: which physical block holds which tokens, and who uses it. No tensors here. */
@NullMarked
package troupe.engine.kv;

import org.jspecify.annotations.NullMarked;
