/** A load generator for servers that speak OpenAI's completions API. */
@NullMarked
package troupe.bench.load;

import org.jspecify.annotations.NullMarked;
