package troupe.actors;

import java.util.function.LongSupplier;
import java.util.function.Supplier;
import troupe.conf.EngineSettings;
import troupe.engine.EngineListener;
import troupe.engine.executor.ModelExecutor;

/** Starts an engine, and another one after that has died. */
@FunctionalInterface
public interface EngineFactory {
    /** May take seconds: called on a thread that may block. The listener may be called before this returns. */
    EngineHandle start(EngineListener listener);

    /**
     * Engines around executors of {@code executors}, each used once.
     *
     * @param name of the engine's thread
     * @param nanoClock the node's clock
     */
    static EngineFactory of(
            String name, EngineSettings settings, Supplier<ModelExecutor> executors, LongSupplier nanoClock) {
        return listener -> LocalEngine.start(name, settings, executors.get(), nanoClock, listener);
    }
}
