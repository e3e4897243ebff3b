package troupe.cluster;

import akka.actor.typed.ActorRef;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import troupe.actors.Gateway;
import troupe.actors.admin.ClusterAdmin;

/** The actors of a node; {@code gateway} and {@code admin} on gateways alone. */
record NodeActors(
        Optional<ActorRef<Gateway.Command>> gateway,
        Optional<ClusterAdmin> admin,
        GatewayModels models,
        ActorRef<NodeAgent.Command> agent,
        CompletableFuture<Void> ready,
        CompletableFuture<Void> drainAsked) {}
