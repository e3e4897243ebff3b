package troupe.cluster;

import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import troupe.actors.admin.AdminException;
import troupe.actors.admin.ClusterAdmin;
import troupe.actors.admin.ClusterEvent;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.ResumingView;
import troupe.actors.admin.RoutingView;

/** What operators ask for, handed to this gateway's {@link ControlPlane}. */
final class ControlPlaneAdmin implements ClusterAdmin {
    private final ActorRef<ControlPlane.Command> controlPlane;
    private final AtomicReference<ClusterView> view;
    private final EventLog events;
    private final Supplier<RoutingView> routing;
    private final Supplier<ResumingView> resuming;

    ControlPlaneAdmin(
            ActorRef<ControlPlane.Command> controlPlane,
            AtomicReference<ClusterView> view,
            EventLog events,
            Supplier<RoutingView> routing,
            Supplier<ResumingView> resuming) {
        this.routing = routing;
        this.resuming = resuming;
        this.controlPlane = controlPlane;
        this.view = view;
        this.events = events;
    }

    @Override
    public ClusterView view() {
        return view.get();
    }

    @Override
    public RoutingView routing() {
        return routing.get();
    }

    @Override
    public ResumingView resuming() {
        return resuming.get();
    }

    @Override
    public List<ClusterEvent> eventsAfter(long number) {
        return events.after(number);
    }

    @Override
    public CompletionStage<Void> deploy(String model, int replicas, long kvMemoryBytes) {
        if (kvMemoryBytes < 0) {
            return refused("kv_memory_bytes is " + kvMemoryBytes + ", at least 0 is required");
        }
        return replicas < 0 || replicas > MOST_REPLICAS
                ? refusedReplicas(replicas)
                : ask(done -> new ControlPlane.Deploy(model, replicas, kvMemoryBytes, done));
    }

    @Override
    public CompletionStage<Void> scale(String model, int replicas) {
        return replicas < 0 || replicas > MOST_REPLICAS
                ? refusedReplicas(replicas)
                : ask(done -> new ControlPlane.Scale(model, replicas, done));
    }

    @Override
    public CompletionStage<Void> unload(String model) {
        return ask(done -> new ControlPlane.Unload(model, done));
    }

    @Override
    public CompletionStage<Void> drain(String node, boolean force) {
        return ask(done -> new ControlPlane.DrainNode(node, force, done));
    }

    private CompletionStage<Void> ask(Function<CompletableFuture<Void>, ControlPlane.Command> command) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        controlPlane.tell(command.apply(done));
        return done;
    }

    private static CompletionStage<Void> refusedReplicas(int replicas) {
        return refused("replicas is " + replicas + ", allowed are 0 to " + MOST_REPLICAS);
    }

    private static CompletionStage<Void> refused(String message) {
        return CompletableFuture.failedFuture(new AdminException(AdminException.Kind.INVALID, message));
    }
}
