/** Text to token ids and back: the tokenizer of a GGUF file's vocabulary, and detokenization token by token. */
@NullMarked
package troupe.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
