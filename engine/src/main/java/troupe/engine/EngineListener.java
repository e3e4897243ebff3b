package troupe.engine;

/** Hears of an engine's progress. Called on the engine's thread: must not block, must not throw. */
public interface EngineListener {
    /** After every step, and when events arise without a step. */
    void onStep(StepReport report);

    /** The loop ended by a fault: no attempt in it gets a further event; they can all be resumed elsewhere. */
    void onDeath(Throwable cause);
}
