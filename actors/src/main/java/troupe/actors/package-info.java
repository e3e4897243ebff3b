/**
 * Gateway, sequence and batcher actors and their protocols.
 *
 * <p>What decides is plain and single-threaded ({@link troupe.actors.SequenceState}, {@link troupe.actors.AttemptLedger}
 * and the {@link troupe.actors.WorkerSelector} port); the actors translate messages and watch. As a request flows:
 *
 * <ol>
 *   <li>{@link troupe.actors.Gateway}: {@code OpenPlaces} admits it; {@code AttemptRouter} finds a worker for each of its
 *       attempts, in the order of {@code FairQueue}, among the {@code KnownWorkers}
 *   <li>{@link troupe.actors.Sequence} with its {@code CurrentListener}: {@code PromptCheck} takes it, {@code SequenceState} is
 *       its life, {@code SequenceAttempts} has its choices' attempts, {@code ChoiceState} each choice, {@code AnswerLog} or
 *       {@code ListenerWindow} its events; more of a resumable one is in {@code ResumableAnswer}
 *   <li>{@link troupe.actors.Batcher}: {@code EngineAttempts} has what its engine has, {@code EngineLifecycle} and {@code
 *       EngineRun} replace the engine, {@code WorkerNews} tells the gateways
 *   <li>{@link troupe.actors.Resumables}: resumable requests among gateways, as {@link troupe.actors.resume} decides
 * </ol>
 */
@NullMarked
package troupe.actors;

import org.jspecify.annotations.NullMarked;
