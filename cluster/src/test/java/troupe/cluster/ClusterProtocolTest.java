package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.actors.CborSerializable;
import troupe.actors.DeathCause;
import troupe.actors.ModelId;
import troupe.actors.Protocol;
import troupe.actors.admin.ClusterView.ReplicaStatus;
import troupe.actors.testing.WireClasses;
import troupe.actors.testing.WireFixtures;
import troupe.cluster.tls.RemotingSecurity;
import troupe.conf.Settings;
import troupe.engine.EngineSpeed;
import troupe.engine.EngineStats;

/** What the messages of deployments and placement look like on the wire, with a node's own configuration. */
class ClusterProtocolTest {
    private static final ActorTestKit KIT = ActorTestKit.create(
            "wire",
            NodeConfig.of(
                    Settings.load(null, ""),
                    Protocol.CURRENT,
                    RemotingSecurity.of("127.0.0.1", Optional.empty(), Instant.EPOCH)));
    private static final WireFixtures WIRE = new WireFixtures(KIT.system());
    private static final ActorRef<ControlPlane.Command> CONTROL_PLANE = WIRE.actor("control-plane");
    private static final ActorRef<NodeAgent.Command> AGENT = WIRE.actor("agent");

    private static final ModelId MODEL = new ModelId("m", "s", "t");
    private static final Deployment.Version VERSION = new Deployment.Version(3, "10.0.0.7:2551");
    private static final EngineStats STATS =
            new EngineStats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, new EngineSpeed(0.002, 0.0003, 0.0001));
    private static final NodeReport REPORT = new NodeReport(
            "10.0.0.7:2551",
            5,
            List.of("worker"),
            new Protocol(1, "0.1.0"),
            List.of(new NodeDevice("cpu", 4, 100)),
            10,
            List.of(
                    new NodeReport.Replica("m@n/1-0", MODEL, ReplicaStatus.READY, 20, STATS, null),
                    new NodeReport.Replica("m@n/1-1", MODEL, ReplicaStatus.FAILED, 0, null, "why")),
            true,
            AGENT);

    private static final List<CborSerializable> MESSAGES = List.of(
            new ControlPlane.Report(REPORT),
            new ControlPlane.Store(
                    List.of(new Deployment(MODEL, "m.gguf", 7, 2, true, 9, true, VERSION)), CONTROL_PLANE),
            new ControlPlane.Stored("10.0.0.7:2551", List.of(VERSION)),
            new ControlPlane.Placed(4, Map.of("m", "no memory")),
            new NodeAgent.Run(4, List.of(new ReplicaSpec(MODEL, "m.gguf", 7, 9))),
            new NodeAgent.Drain(),
            new Coroner.Ended("10.0.0.7:2551", 77, DeathCause.SIGSEGV),
            new Coroner.Convicted("0af7651916cd43dd8448eb211c80319c", "m", "request"));

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldWriteEveryMessageAsItIsCommitted() throws IOException {
        WIRE.requirePinned(MESSAGES);
        WIRE.requireAlternativesPinned(MESSAGES);
    }

    @Test
    void shouldReadWhatIsCommitted() throws IOException {
        WIRE.requireReadable(MESSAGES);
    }

    @Test
    void shouldIgnoreWhatANewerReleaseAdds() throws IOException {
        WIRE.requireUnknownFieldsIgnored(MESSAGES);
    }

    @Test
    void shouldReadWhatAnOlderReleaseLacksAsZero() throws IOException {
        WIRE.requireAbsentFiguresReadAsZero(MESSAGES);
    }

    @Test
    void shouldHaveAnExampleOfEveryMessageThatMayCrossNodes() throws Exception {
        Set<String> examples = new TreeSet<>();
        MESSAGES.forEach(message -> examples.add(message.getClass().getName()));
        assertEquals(WireClasses.of(ControlPlane.class), examples);
    }
}
