package troupe.actors;

import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;

/** A running engine, as a batcher sees it. No method but {@link #close} waits. */
public interface EngineHandle extends AutoCloseable {
    ExecutorInfo info();

    /** Sequences in its batch at most. */
    int maxSequences();

    Admission submit(EngineRequest request);

    /** Ends an attempt; one that is unknown or has ended is left alone. */
    void cancel(AttemptKey attempt);

    EngineStats stats();

    /** Ends the engine's thread and frees its memory; attempts in it end as failed with CLOSED. */
    @Override
    void close();
}
