package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.actors.ModelId;
import troupe.actors.Protocol;
import troupe.actors.admin.ClusterView;
import troupe.cluster.ControlPlane.Command;
import troupe.cluster.ControlPlane.Peers;
import troupe.cluster.ControlPlane.Store;
import troupe.cluster.ControlPlane.Stored;
import troupe.cluster.tls.RemotingSecurity;
import troupe.conf.Settings;

class ControlPlaneTest {
    private static final ActorTestKit KIT = ActorTestKit.create(
            "control-plane-test",
            NodeConfig.of(
                    Settings.load(null, ""),
                    Protocol.CURRENT,
                    RemotingSecurity.of("127.0.0.1", Optional.empty(), Instant.EPOCH)));

    private static final Deployment DEPLOYMENT =
            new Deployment(new ModelId("m", "s", "t"), "m.gguf", 7, 0, true, 0, false, Deployment.Version.IMPLICIT);

    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final TestProbe<Command> peer = KIT.createTestProbe();

    @AfterAll
    static void end() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldTellOthersNothingBeforeAGatewayThatKnowsHasToldIt() {
        ActorRef<Command> starting = controlPlane(List.of());
        starting.tell(new Peers(Set.of(starting, peer.getRef())));
        starting.tell(new Store(List.of(DEPLOYMENT), peer.getRef()));
        assertEquals(List.of(List.of(DEPLOYMENT)), toldBefore(Stored.class));
        assertTrue(ready.isDone());
    }

    @Test
    void shouldTellWhatItHasOnDiskThoughItWaitsToBeToldItself() {
        ActorRef<Command> starting = controlPlane(List.of(DEPLOYMENT));
        starting.tell(new Peers(Set.of(starting, peer.getRef())));
        assertEquals(List.of(DEPLOYMENT), peer.expectMessageClass(Store.class).deployments());
        assertFalse(ready.isDone());
    }

    @Test
    void shouldTellThatNothingIsDeployedWhereItKnowsThat() {
        ready.complete(null);
        ActorRef<Command> beginning = controlPlane(List.of());
        beginning.tell(new Peers(Set.of(beginning, peer.getRef())));
        assertEquals(List.of(), peer.expectMessageClass(Store.class).deployments());
    }

    /** What the peer was told before it had an answer. */
    private List<List<Deployment>> toldBefore(Class<? extends Command> answer) {
        List<List<Deployment>> told = new ArrayList<>();
        Command next = peer.receiveMessage();
        while (!answer.isInstance(next)) {
            told.add(((Store) next).deployments());
            next = peer.receiveMessage();
        }
        return told;
    }

    private ActorRef<Command> controlPlane(List<Deployment> begun) {
        ModelLibrary none = source -> {
            throw new IllegalStateException("there is no model " + source);
        };
        return KIT.spawn(ControlPlane.create(
                new ControlPlane.Shared(
                        "127.0.0.1:2551",
                        Optional.empty(),
                        none,
                        new GatewayModels(none, Runnable::run, "m"),
                        new EventLog(Clock.systemUTC()),
                        ready,
                        new AtomicReference<>(new ClusterView("127.0.0.1:2551", List.of(), List.of())),
                        new AtomicReference<>(new Placement.Known(List.of(), List.of(), Set.of(), Set.of())),
                        Runnable::run,
                        () -> 0),
                begun));
    }
}
