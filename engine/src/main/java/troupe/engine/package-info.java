/**
 * The inference engine: one loop around one model replica. No Akka, no CUDA, no HTTP.
 *
 * <p>{@link troupe.engine.Engine} owns the thread; scheduling, block bookkeeping and sampling are plain deterministic
 * classes in the packages below it; {@link troupe.engine.executor.ModelExecutor} is the port that a CPU or a GPU
 * implements.
 */
@NullMarked
package troupe.engine;

import org.jspecify.annotations.NullMarked;
