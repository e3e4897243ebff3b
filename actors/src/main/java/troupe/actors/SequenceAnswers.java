package troupe.actors;

import akka.actor.typed.ActorRef;

/** Tells sequences which workers were found for their attempts. */
final class SequenceAnswers implements AttemptRouter.Answers<ActorRef<Batcher.Command>, ActorRef<Sequence.Command>> {
    @Override
    public void selected(
            AttemptRouter.Ask<ActorRef<Sequence.Command>> ask,
            WorkerSelector.Selection selection,
            WorkerTable.Worker<ActorRef<Batcher.Command>> worker,
            int priority,
            boolean claim) {
        ask.replyTo()
                .tell(new Sequence.Selected(
                        ask.attempt(), selection, worker.info().numericsId(), worker.batcher(), priority, claim));
    }

    @Override
    public void noWorker(AttemptRouter.Ask<ActorRef<Sequence.Command>> ask) {
        ask.replyTo().tell(new Sequence.NoWorker(ask.attempt()));
    }
}
