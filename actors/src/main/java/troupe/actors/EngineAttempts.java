package troupe.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;

/**
 * The attempts that a worker's engine has: their owners, their events until these have them, and the suspect that the engine is
 * kept for, if there is one. An owner is watched as long as the engine has an attempt of its, or is kept for it.
 */
final class EngineAttempts {
    /** Of attempts: a sequence that is taken over has another one. */
    record Owner(String sequence, long epoch) {
        static Owner of(AttemptKey attempt) {
            return new Owner(attempt.sequence(), attempt.epoch());
        }
    }

    private final ActorContext<Batcher.Command> context;
    private final AttemptLog log;
    private final Consumer<AttemptKey> canceller;
    private final Map<Owner, ActorRef<Sequence.Command>> owners = new HashMap<>();
    private final Solitude solitude = new Solitude();
    private AttemptLedger<ActorRef<Gateway.Command>> ledger = new AttemptLedger<>();

    /**
     * @param context is told {@link Batcher.OwnerGone}
     * @param canceller ends an attempt at the engine that is up, if one is
     */
    EngineAttempts(ActorContext<Batcher.Command> context, AttemptLog log, Consumer<AttemptKey> canceller) {
        this.context = context;
        this.log = log;
        this.canceller = canceller;
    }

    /** Whether every event of every attempt is acknowledged. */
    boolean isEmpty() {
        return ledger.isEmpty();
    }

    /** Whether the engine has something to do. */
    boolean hasRunning() {
        return ledger.hasRunning();
    }

    /**
     * An attempt has come, perhaps again: its owner is answered.
     *
     * @param engine is given it if it is new
     */
    void submit(Batcher.Submit submit, Function<Batcher.Submit, Admission> engine) {
        AttemptKey attempt = submit.attempt();
        AttemptLedger.Opening opening = ledger.check(attempt);
        Admission admission = switch (opening) {
            case KNOWN -> Admission.ACCEPTED;
            case SUPERSEDED -> Admission.SUPERSEDED;
            case NEW -> solitude.admits(attempt.sequence()) ? engine.apply(submit) : Admission.RESERVED;
        };
        if (opening == AttemptLedger.Opening.NEW && admission == Admission.ACCEPTED) {
            open(submit);
        }
        log.submitted(submit, admission);
        submit.owner().tell(new Sequence.Admitted(attempt, admission));
    }

    private void open(Batcher.Submit submit) {
        AttemptKey superseded = ledger.open(submit.attempt(), submit.gateway()).orElse(null);
        if (superseded != null) {
            canceller.accept(superseded);
        }
        watch(submit.attempt(), submit.owner());
        if (superseded != null) {
            unwatchIfIdle(Owner.of(superseded));
        }
    }

    /**
     * A suspect wants the engine for itself.
     *
     * @param idle the engine has nothing to do
     * @return whether it has it
     */
    boolean reserve(Batcher.Reserve reserve, boolean idle) {
        String sequence = reserve.attempt().sequence();
        boolean granted = solitude.reserve(sequence, reserve.claim(), ledger.isAlone(sequence, idle));
        if (solitude.holds(sequence)) {
            watch(reserve.attempt(), reserve.owner());
        }
        return granted;
    }

    /** The sequence needs the engine for itself no more. */
    void release(String sequence) {
        solitude.release(sequence);
        for (Owner owner : List.copyOf(owners.keySet())) {
            if (owner.sequence().equals(sequence)) {
                unwatchIfIdle(owner);
            }
        }
    }

    /** An owner is gone, or is said to be: if it lives, it hears that its attempts are dropped. */
    void ownerGone(Owner owner) {
        solitude.release(owner.sequence());
        ActorRef<Sequence.Command> ref = owners.get(owner);
        for (AttemptKey attempt : ledger.of(owner.sequence(), owner.epoch())) {
            cancel(attempt);
            if (ref != null) {
                ref.tell(new Sequence.Dropped(attempt));
            }
        }
        unwatchIfIdle(owner); // the engine may have been kept for it, and had no attempt of its
    }

    /** Ends an attempt without a further event. */
    void cancel(AttemptKey attempt) {
        ledger.remove(attempt);
        canceller.accept(attempt);
        unwatchIfIdle(Owner.of(attempt));
    }

    /** The owner has taken the attempt's events before {@code next}. */
    void acknowledge(AttemptKey attempt, int next) {
        ledger.acknowledge(attempt, next);
        unwatchIfIdle(Owner.of(attempt));
    }

    /** The owner misses the attempt's events from {@code from} on; it is told if the attempt is not here. */
    void resend(AttemptKey attempt, int from, @Nullable ActorRef<Sequence.Command> owner) {
        AttemptLedger.Opening known = ledger.check(attempt);
        if (known == AttemptLedger.Opening.KNOWN) {
            ledger.resend(attempt, from);
        } else if (owner != null) {
            owner.tell(
                    known == AttemptLedger.Opening.SUPERSEDED
                            ? new Sequence.Admitted(attempt, Admission.SUPERSEDED)
                            : new Sequence.Dropped(attempt));
        }
    }

    /** A gateway has read its messages up to {@code number}. */
    void read(ActorRef<Gateway.Command> gateway, long number) {
        ledger.read(gateway, number);
    }

    /** A gateway is gone. */
    void forget(ActorRef<Gateway.Command> gateway) {
        ledger.forget(gateway);
    }

    /** The engine has made a step. */
    void stepped(List<EngineEvent> events) {
        log.events(events);
        ledger.record(events).forEach(this::cancel);
    }

    /** Time has passed: what is unacknowledged may be delivered again. */
    void tick() {
        ledger.tick();
    }

    /** What is to be sent to gateways now. */
    List<AttemptLedger.Delivery<ActorRef<Gateway.Command>>> deliveries() {
        return ledger.deliveries();
    }

    /** The engine is gone, and with it all that it had. */
    void lost(String cause) {
        log.lost(cause);
        owners.values().forEach(context::unwatch);
        owners.clear();
        ledger = new AttemptLedger<>();
        solitude.clear();
    }

    /** The worker ends; what its engine has goes on elsewhere. */
    void handedOver() {
        log.handedOver();
    }

    private void watch(AttemptKey attempt, ActorRef<Sequence.Command> ref) {
        Owner owner = Owner.of(attempt);
        context.watchWith(ref, new Batcher.OwnerGone(owner));
        owners.put(owner, ref);
    }

    private void unwatchIfIdle(Owner owner) {
        if (ledger.of(owner.sequence(), owner.epoch()).isEmpty() && !solitude.holds(owner.sequence())) {
            ActorRef<Sequence.Command> ref = owners.remove(owner);
            if (ref != null) {
                context.unwatch(ref);
            }
        }
    }
}
