package troupe.cluster;

import akka.actor.typed.ActorRef;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import troupe.actors.Gateway;

/** The actors of a node; {@code gateway} on gateways alone. */
record NodeActors(
        Optional<ActorRef<Gateway.Command>> gateway,
        GatewayModels models,
        ActorRef<NodeAgent.Command> agent,
        CompletableFuture<Void> drainAsked) {}
