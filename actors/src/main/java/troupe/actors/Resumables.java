package troupe.actors;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import troupe.actors.admin.ResumingView;
import troupe.actors.resume.AttachRequest;
import troupe.actors.resume.PeerMessage;
import troupe.actors.resume.ResumableEffect;
import troupe.actors.resume.ResumableState;
import troupe.actors.resume.Resumption;
import troupe.actors.resume.SequenceRecord;
import troupe.actors.resume.TokenTail;

/**
 * A gateway's resumable sequences, and the replicas that it holds of others': carries out what {@link ResumableState}
 * decides. The gateways of a cluster find each other by the receptionist.
 */
public final class Resumables extends AbstractBehavior<Resumables.Command> {
    private static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "resumables");

    /** How often tokens go to replicas: what is lost of them is computed again, so a few steps may go together. */
    private static final Duration TICK = Duration.ofMillis(25);

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes(@JsonSubTypes.Type(value = FromPeer.class, name = "from-peer"))
    public sealed interface Command extends CborSerializable {}

    /** What another gateway says. */
    public record FromPeer(
            ActorRef<Command> from, PeerMessage<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>> message)
            implements Command {}

    sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    /** A client has come. */
    record Attach(AttachRequest<ActorRef<ListenerMessage>> request) implements Internal {}

    /** From a sequence here: it lives. */
    record Begun(
            Resumption resumption,
            String sequence,
            long epoch,
            @Nullable ActorRef<ListenerMessage> listener,
            ActorRef<Sequence.Command> ref)
            implements Internal {}

    /** From a sequence here: every choice has a worker. Answered by {@link Sequence.Replicated}. */
    record Accepted(SequenceRecord record) implements Internal {}

    record Progress(TokenTail tail) implements Internal {}

    /** From a sequence here: its terminal event is in its log. */
    record Finished(String sequence, ActorRef<Sequence.Command> ref, long bytes) implements Internal {}

    /** From a sequence here, before it is gone: it ends by itself, nobody will ask for it. */
    record Ended(String sequence, ActorRef<Sequence.Command> ref) implements Internal {}

    /** This gateway ends: others are to take over what they have replicas of. */
    record Retire() implements Internal {}

    private record Gateways(Set<ActorRef<Command>> gateways) implements Internal {
        Gateways {
            gateways = Set.copyOf(gateways);
        }
    }

    private record SequenceGone(String sequence, ActorRef<Sequence.Command> ref) implements Internal {}

    private record ListenerGone(ActorRef<ListenerMessage> listener) implements Internal {}

    private enum Tick implements Internal {
        TICK
    }

    private final ActorRefResolver resolver;
    private final ActorRef<Gateway.Command> gateway;
    private final Consumer<ResumingView> view;
    private final LongSupplier nanoClock;
    private final ResumableState<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>> state;
    private ResumingView told = ResumingView.NONE;

    /**
     * The actor of one gateway.
     *
     * @param number another one for each start of each gateway
     * @param view is told what it does, again and again
     */
    static Behavior<Command> create(
            ActorRef<Gateway.Command> gateway,
            int number,
            ResumableState.Limits limits,
            Consumer<ResumingView> view,
            LongSupplier nanoClock) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(Tick.TICK, TICK);
            var receptionist = context.getSystem().receptionist();
            receptionist.tell(Receptionist.register(KEY, context.getSelf()));
            receptionist.tell(Receptionist.subscribe(
                    KEY,
                    // Those on nodes that seem unreachable too: whether they live is for others to say.
                    context.messageAdapter(
                            Receptionist.Listing.class, listing -> new Gateways(listing.getAllServiceInstances(KEY)))));
            return new Resumables(context, gateway, number, limits, view, nanoClock);
        }));
    }

    private Resumables(
            ActorContext<Command> context,
            ActorRef<Gateway.Command> gateway,
            int number,
            ResumableState.Limits limits,
            Consumer<ResumingView> view,
            LongSupplier nanoClock) {
        super(context);
        context.setLoggerName(Resumables.class);
        resolver = ActorRefResolver.get(context.getSystem());
        this.gateway = gateway;
        this.view = view;
        this.nanoClock = nanoClock;
        state = new ResumableState<>(name(context.getSelf()), number, limits);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        long now = nanoClock.getAsLong();
        perform(
                switch (command) {
                    case FromPeer(var from, var message) -> state.receive(name(from), message, now);
                    case Attach(var request) -> state.attach(request, now);
                    case Begun(var resumption, var sequence, var epoch, var listener, var ref) -> {
                        getContext().watchWith(ref, new SequenceGone(sequence, ref));
                        yield state.begun(resumption, sequence, epoch, listener, ref);
                    }
                    case Accepted(var record) -> state.accepted(record);
                    case Progress(var tail) -> state.progress(tail);
                    case Finished(var sequence, var ref, var bytes) -> state.finished(sequence, ref, bytes);
                    case Ended(var sequence, var ref) -> state.freed(sequence, ref);
                    case SequenceGone(var sequence, var ref) -> state.lost(sequence, ref);
                    case Retire() -> {
                        getContext()
                                .getSystem()
                                .receptionist()
                                .tell(Receptionist.deregister(KEY, getContext().getSelf()));
                        yield state.retire();
                    }
                    case Gateways(var gateways) -> state.gateways(others(gateways), now);
                    case ListenerGone(var listener) -> state.listenerGone(listener);
                    case Tick.TICK -> state.tick(now);
                });
        if (command == Tick.TICK) {
            publish();
        }
        return this;
    }

    private void publish() {
        ResumingView now = state.view();
        if (!now.equals(told)) {
            if (now.cutOff() != told.cutOff()) {
                getContext()
                        .getLog()
                        .warn(
                                now.cutOff()
                                        ? "cut off from most other gateways: their part of the cluster goes on with resumable requests"
                                        : "in touch with the other gateways again");
            }
            told = now;
            view.accept(now);
        }
    }

    private void perform(List<ResumableEffect<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>> effects) {
        for (var effect : effects) {
            switch (effect) {
                case ResumableEffect.Send<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(
                        var to,
                        var message) -> {
                    if (message instanceof PeerMessage.TakeOver<ActorRef<ListenerMessage>, ?> takeOver) {
                        takeOver.listener().tell(SignOfLife.FOUND);
                    }
                    resolver.<Command>resolveActorRef(to)
                            .tell(new FromPeer(getContext().getSelf(), message));
                }
                case ResumableEffect.Begin<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(var attach) -> {
                    getContext().watchWith(attach.listener(), new ListenerGone(attach.listener()));
                    gateway.tell(new Gateway.Begin(attach));
                }
                case ResumableEffect.Resume<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(
                        var record,
                        var epoch,
                        var tokens) -> {
                    record.request()
                            .tag()
                            .in(getContext().getLog().atInfo())
                            .addKeyValue("sequence", record.sequence())
                            .log("a request is taken over from another gateway");
                    gateway.tell(new Gateway.Resume(record, epoch, tokens));
                }
                case ResumableEffect.Connect<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(
                        var sequence,
                        var listener,
                        var read) -> {
                    listener.tell(SignOfLife.FOUND);
                    sequence.tell(new Sequence.Attach(listener, read));
                }
                case ResumableEffect.Refuse<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(
                        var listener,
                        var kind,
                        var message) -> listener.tell(new SequenceEvent.Failed("", kind, message));
                case ResumableEffect.Settled<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(
                        var sequence,
                        var holder) -> {
                    if (holder == null && state.expectsReplicas()) {
                        getContext()
                                .getLog()
                                .warn("no other gateway has room for a replica of a request: {}", sequence);
                    }
                    sequence.tell(new Sequence.Replicated(holder));
                }
                case ResumableEffect.SendTokens<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(
                        var sequence,
                        var from) -> sequence.tell(new Sequence.SendTokens(from));
                case ResumableEffect.Supersede<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(var sequence) ->
                    sequence.tell(Sequence.Signal.SUPERSEDED);
                case ResumableEffect.Detach<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(var sequence) ->
                    sequence.tell(Sequence.Signal.DETACH);
                case ResumableEffect.Drop<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>>(var sequence) ->
                    sequence.tell(Sequence.Signal.DROP);
            }
        }
    }

    private Set<String> others(Set<ActorRef<Command>> gateways) {
        Set<String> others = new HashSet<>();
        gateways.forEach(each -> others.add(name(each)));
        others.remove(name(getContext().getSelf()));
        return others;
    }

    /** Of a gateway: where its actor is, and in which of its lives. */
    private String name(ActorRef<Command> resumables) {
        return resolver.toSerializationFormat(resumables);
    }
}
