package troupe.actors.resume;

import org.jspecify.annotations.Nullable;

/**
 * Who reads an answer.
 *
 * @param read null: nothing
 * @param <L> how the listener is reached
 */
record Client<L>(L listener, @Nullable ReadSoFar read) {}
