package troupe.cluster;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.HashMap;
import java.util.Map;
import troupe.actors.CborSerializable;

/** What a gateway knows of the cluster's nodes. */
final class ControlPlane extends AbstractBehavior<ControlPlane.Command> {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({@JsonSubTypes.Type(value = Report.class, name = "report")})
    sealed interface Command extends CborSerializable {}

    /** From a node's agent, every so often and at each change. */
    record Report(NodeReport node) implements Command {}

    private final Map<String, NodeReport> nodes = new HashMap<>();

    static Behavior<Command> create() {
        return Behaviors.setup(ControlPlane::new);
    }

    private ControlPlane(ActorContext<Command> context) {
        super(context);
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessage(Report.class, this::onReport).build();
    }

    private Behavior<Command> onReport(Report report) {
        nodes.put(report.node().node(), report.node());
        return this;
    }
}
