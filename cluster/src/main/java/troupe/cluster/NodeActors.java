package troupe.cluster;

import akka.actor.typed.ActorRef;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import troupe.actors.Gateway;
import troupe.actors.admin.ClusterAdmin;

/** The actors of a node; {@code gateway}, {@code admin} and {@code coroner} on gateways alone. */
record NodeActors(
        Optional<ActorRef<Gateway.Command>> gateway,
        Optional<ClusterAdmin> admin,
        Optional<ActorRef<Coroner.Command>> coroner,
        GatewayModels models,
        ActorRef<NodeAgent.Command> agent,
        CompletableFuture<Void> ready,
        CompletableFuture<Void> drainAsked) {}
