package troupe.cluster;

import akka.actor.Address;
import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Set;
import troupe.actors.CborSerializable;
import troupe.actors.Convictions;
import troupe.actors.DeathCause;
import troupe.actors.Gateway;

/**
 * Takes down on a gateway what processes have died of, and which requests are guilty: hears it from a supervisor on its
 * machine and from its own gateway, and tells the other gateways' coroners. A node whose death is certain leaves the
 * cluster at once.
 */
final class Coroner extends AbstractBehavior<Coroner.Command> {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Ended.class, name = "ended"),
        @JsonSubTypes.Type(value = Convicted.class, name = "convicted")
    })
    sealed interface Command extends CborSerializable {}

    /** From another gateway's coroner: a process of that node, which had that number, has ended. */
    record Ended(String node, long pid, DeathCause cause) implements Command {}

    /** From another gateway's coroner: equal requests are to be refused. */
    record Convicted(String fingerprint, String model, String request) implements Command {}

    sealed interface Internal extends Command, NoSerializationVerificationNeeded {}

    /** From the supervisor of that node. */
    record Died(String node, long pid, int status) implements Internal {}

    /** From this gateway. */
    record Found(Convictions.Conviction conviction) implements Internal {}

    record Peers(Set<ActorRef<Command>> coroners) implements Internal {}

    private final ActorRef<Gateway.Command> gateway;
    private final Convictions convictions;
    private final EventLog events;
    private final Cluster cluster;
    private Set<ActorRef<Command>> peers = Set.of();

    static Behavior<Command> create(ActorRef<Gateway.Command> gateway, Convictions convictions, EventLog events) {
        return Behaviors.setup(context -> new Coroner(context, gateway, convictions, events));
    }

    private Coroner(
            ActorContext<Command> context,
            ActorRef<Gateway.Command> gateway,
            Convictions convictions,
            EventLog events) {
        super(context);
        this.gateway = gateway;
        this.convictions = convictions;
        this.events = events;
        cluster = Cluster.get(context.getSystem());
        context.setLoggerName(Coroner.class);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onAnyMessage(this::onCommand).build();
    }

    private Behavior<Command> onCommand(Command command) {
        switch (command) {
            case Died died -> onDied(died);
            case Ended(var node, var pid, var cause) -> gateway.tell(new Gateway.ProcessEnded(node, pid, cause));
            case Found(var conviction) -> {
                event(conviction.fingerprint(), conviction.model(), conviction.request());
                tellPeers(new Convicted(conviction.fingerprint(), conviction.model(), conviction.request()));
            }
            case Convicted(var fingerprint, var model, var request) -> {
                convictions.learn(fingerprint);
                event(fingerprint, model, request);
            }
            case Peers(var coroners) -> peers = Set.copyOf(coroners);
        }
        return this;
    }

    private void onDied(Died died) {
        DeathCause cause = DeathCause.ofStatus(died.status());
        gateway.tell(new Gateway.ProcessEnded(died.node(), died.pid(), cause));
        tellPeers(new Ended(died.node(), died.pid(), cause));
        for (Member member : cluster.state().getMembers()) {
            Address address = member.address();
            if (Members.name(address).equals(died.node()) && !member.equals(cluster.selfMember())) {
                getContext()
                        .getLog()
                        .info("the process of {} has ended with status {}: it is downed", died.node(), died.status());
                events.add("died", died.node(), "its process has ended with status " + died.status() + ", " + cause);
                cluster.manager().tell(new Down(address));
            }
        }
    }

    private void event(String fingerprint, String model, String request) {
        events.add(
                "convicted",
                model,
                "the request " + request + " brings workers down; equal ones, of the fingerprint " + fingerprint
                        + ", are refused");
    }

    private void tellPeers(Command command) {
        for (ActorRef<Command> peer : peers) {
            if (!peer.equals(getContext().getSelf())) {
                peer.tell(command);
            }
        }
    }
}
