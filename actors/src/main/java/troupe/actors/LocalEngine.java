package troupe.actors;

import java.util.function.LongSupplier;
import troupe.conf.EngineSettings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.Engine;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ModelExecutor;

/** The engine of this process. */
record LocalEngine(ExecutorInfo info, int maxSequences, Engine engine) implements EngineHandle {
    static LocalEngine start(
            String name,
            EngineSettings settings,
            ModelExecutor executor,
            LongSupplier nanoClock,
            EngineListener listener) {
        ExecutorInfo info = executor.info();
        return new LocalEngine(
                info, settings.maxSequences(), Engine.start(name, executor, settings, nanoClock, listener));
    }

    @Override
    public Admission submit(EngineRequest request) {
        return engine.submit(request);
    }

    @Override
    public void cancel(AttemptKey attempt) {
        engine.cancel(attempt);
    }

    @Override
    public EngineStats stats() {
        return engine.stats();
    }

    @Override
    public void close() {
        engine.close();
    }
}
