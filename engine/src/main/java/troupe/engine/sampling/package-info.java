/** Choosing the next token from logits: parameters, logits processors, counter-based random numbers, log-probabilities. */
@NullMarked
package troupe.engine.sampling;

import org.jspecify.annotations.NullMarked;
