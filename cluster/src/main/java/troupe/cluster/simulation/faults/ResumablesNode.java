package troupe.cluster.simulation.faults;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import troupe.actors.SequenceEvent;
import troupe.actors.SignOfLife;
import troupe.actors.admin.ResumingView;
import troupe.actors.resume.PeerMessage;
import troupe.actors.resume.ResumableEffect;
import troupe.actors.resume.ResumableState;

/** A gateway's part in keeping requests: what {@code Resumables} does around {@link ResumableState}. */
final class ResumablesNode implements Endpoint {
    private final FaultyCluster cluster;
    private final GatewayNode gateway;
    private final ResumableState<Connection, SequenceNode> state;

    /** @param number another one for each start of each gateway */
    ResumablesNode(FaultyCluster cluster, GatewayNode gateway, int number) {
        this.cluster = cluster;
        this.gateway = gateway;
        state = new ResumableState<>(gateway.toString(), number, cluster.plan().resumables());
        machine().every(cluster.timing().resumablesTick().toNanos(), () -> {
            perform(state.tick(cluster.now()));
            return true;
        });
    }

    @Override
    public Machine machine() {
        return gateway.machine();
    }

    @Override
    public void receive(Message message) {
        long now = cluster.now();
        perform(
                switch (message) {
                    case Message.Peer(var from, var said) -> state.receive(from.toString(), said, now);
                    case Message.AttachTo(var request) -> state.attach(request, now);
                    case Message.Begun(var resumption, var sequence, var first) ->
                        state.begun(resumption, sequence.id(), sequence.epoch(), first, sequence);
                    case Message.Accepted(var record) -> state.accepted(record);
                    case Message.Tail(var tail) -> state.progress(tail);
                    case Message.Finished(var sequence, var bytes) -> state.finished(sequence.id(), sequence, bytes);
                    case Message.Freed(var sequence) -> state.freed(sequence.id(), sequence);
                    case Message.Members(var names) -> state.gateways(others(names), now);
                    case Message.ConnectionGone(var connection) -> state.listenerGone(connection);
                    default -> throw new IllegalArgumentException(this + " got " + message);
                });
    }

    private Set<String> others(Set<String> names) {
        Set<String> others = new HashSet<>(names);
        others.remove(gateway.toString());
        return others;
    }

    private void perform(List<ResumableEffect<Connection, SequenceNode>> effects) {
        for (var effect : effects) {
            switch (effect) {
                case ResumableEffect.Send<Connection, SequenceNode>(var to, var message) -> sendPeer(to, message);
                case ResumableEffect.Begin<Connection, SequenceNode>(var attach) -> {
                    attach.listener().watchedBy(this);
                    send(gateway, new Message.Begin(attach));
                }
                case ResumableEffect.Resume<Connection, SequenceNode>(var record, var epoch, var tokens) ->
                    send(gateway, new Message.Resume(record, epoch, tokens));
                case ResumableEffect.Connect<Connection, SequenceNode>(var sequence, var listener, var read) -> {
                    tellAlive(listener);
                    send(sequence, new Message.Attach(listener, read));
                }
                case ResumableEffect.Refuse<Connection, SequenceNode>(var listener, var kind, var text) ->
                    send(listener, new Message.Heard(new SequenceEvent.Failed("", kind, text), null));
                case ResumableEffect.Settled<Connection, SequenceNode>(var sequence, var holder) ->
                    send(sequence, new Message.Replicated(holder == null));
                case ResumableEffect.SendTokens<Connection, SequenceNode>(var sequence, var from) ->
                    send(sequence, new Message.SendTokens(from));
                case ResumableEffect.Supersede<Connection, SequenceNode>(var sequence) ->
                    send(sequence, new Message.Supersede());
                case ResumableEffect.Detach<Connection, SequenceNode>(var sequence) ->
                    send(sequence, new Message.Detach());
                case ResumableEffect.Drop<Connection, SequenceNode>(var sequence) -> send(sequence, new Message.Drop());
            }
        }
    }

    private void sendPeer(String to, PeerMessage<Connection, SequenceNode> message) {
        if (message instanceof PeerMessage.TakeOver<Connection, ?> takeOver) {
            tellAlive(takeOver.listener());
        }
        cluster.gatewayNamed(to).ifPresent(peer -> send(peer.resumables(), new Message.Peer(gateway, message)));
    }

    private void tellAlive(Connection listener) {
        send(listener, new Message.Heard(new SignOfLife("", 0), null));
    }

    private void send(Endpoint to, Message message) {
        cluster.network().send(machine(), to, message);
    }

    /** What it still keeps; empty if nothing. */
    String leftovers() {
        ResumingView view = state.view();
        return view.owned() == 0 && view.replicas() == 0
                ? ""
                : this + " owns " + view.owned() + " and holds " + view.replicas();
    }

    @Override
    public String toString() {
        return "resumables of " + gateway;
    }
}
