package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import troupe.actors.DeathCause;
import troupe.actors.ModelId;
import troupe.actors.ServedModel;
import troupe.cluster.simulation.EventQueue;
import troupe.engine.EngineEvent;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
import troupe.engine.executor.ExecutorInfo;

/** One run: gateways, workers and clients, until every request has ended and nothing is left of it. */
final class FaultyCluster implements Fates {
    /** Losses in a row after which a request is taken for the cause. */
    private static final int MANY_LOSSES = 5;

    private static final long CHECK_NANOS = 50_000_000;

    /** After the last request has ended, until nothing is left of any: past the longest deadline. */
    private static final long SETTLE_NANOS = 130_000_000_000L;

    private final EventQueue events = new EventQueue();
    private final ClusterPlan plan;
    private final Fates fates;
    private final Trace trace;
    private final Network network;
    private final ServedModel model;
    private final CurrentAttempts attempts = new CurrentAttempts();
    private final List<GatewayNode> gateways = new ArrayList<>();
    private final List<WorkerNode> workers = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final CutOffWatch cutOffWatch = new CutOffWatch(this);
    private final List<GatewayNode> leaving = new ArrayList<>();
    private final Map<String, GatewayNode> everyGateway = new HashMap<>();
    private int ids;
    private int machines;
    private int losses;
    private long lastRequestNanos;

    FaultyCluster(ClusterPlan plan, Fates fates, Trace trace, Sabotage sabotage) {
        this.plan = plan;
        this.fates = fates;
        this.trace = trace;
        network = new Network(events, this, trace, sabotage, plan.timing());
        ExecutorInfo info = plan.info();
        model = new ServedModel(
                new ModelId(info.model(), "sha", "letters"),
                info.contextLength(),
                info.vocabularySize(),
                info.endOfSequence(),
                new LetterCodec());
        for (int i = 0; i < plan.gateways(); i++) {
            gateways.add(newGateway());
        }
        for (int i = 0; i < plan.workers(); i++) {
            workers.add(newWorker());
        }
        tellMembers(null);
    }

    ClusterPlan plan() {
        return plan;
    }

    Timing timing() {
        return plan.timing();
    }

    ExecutorInfo info() {
        return plan.info();
    }

    ServedModel model() {
        return model;
    }

    Network network() {
        return network;
    }

    CurrentAttempts attempts() {
        return attempts;
    }

    long now() {
        return events.now();
    }

    /** The first gateway from {@code number} on that lives; empty where none does. */
    Optional<GatewayNode> gateway(int number) {
        for (int i = 0; i < gateways.size(); i++) {
            GatewayNode gateway = gateways.get((number + i) % gateways.size());
            if (gateway.machine().isAlive()) {
                return Optional.of(gateway);
            }
        }
        return Optional.empty();
    }

    void after(long nanos, Runnable action) {
        events.after(nanos, action);
    }

    EngineModel engine(Machine machine, BiConsumer<EngineModel, StepReport> listener) {
        return new EngineModel(events, machine, plan.timing(), plan.info(), plan.limits(), plan.maxWaiting(), listener);
    }

    @Override
    public int choose(Peril peril) {
        int outcome = now() < plan.calmNanos() ? fates.choose(peril) : 0;
        losses += outcome != 0 && peril != Peril.CLIENT && peril != Peril.NEWS ? 1 : 0;
        return outcome;
    }

    @Override
    public long spread(long most) {
        return fates.spread(most);
    }

    /** As {@link #choose(Peril)}; what goes wrong is traced. */
    int choose(Peril peril, Endpoint at) {
        int outcome = choose(peril);
        if (outcome != 0) {
            trace.step(events, outcome, () -> "!! at " + at + " what comes now " + peril.outcome(outcome));
        }
        return outcome;
    }

    /** How long something lasts that passes, nanos. */
    long outage() {
        return timing().outageNanos() / 2 + spread(timing().outageNanos() / 2);
    }

    /** Does what passes to a gateway. */
    void disturb(GatewayNode gateway, int how) {
        Machine machine = gateway.machine();
        switch (how) {
            case 2 -> {
                machine.cutOff(outage());
                cutOffWatch.cutOff(gateway);
            }
            case 3 -> {
                machine.cutOffFromPeers(outage());
                cutOffWatch.cutOff(gateway);
            }
            case 4 -> {
                // The others go on without it; it hears of that, and ends, some time later.
                long removal = timing().removalNanos();
                machine.cutOff(2 * removal);
                cutOffWatch.cutOff(gateway);
                events.after(removal, () -> tellMembers(gateway));
                events.after(removal + outage(), () -> {
                    if (machine.isAlive()) {
                        kill(gateway);
                    }
                });
            }
            default -> disturb(machine, how);
        }
    }

    /** Freezes the machine (1), cuts it off (2), or does nothing. */
    void disturb(Machine machine, int how) {
        if (how == 1) {
            machine.freeze(outage());
        } else if (how == 2) {
            machine.cutOff(outage());
        }
    }

    boolean mayBeFull() {
        int choices = 0;
        for (Client client : clients) {
            choices += client.plan().request().choices();
        }
        return clients.size() > plan.maxOpenRequests() || choices > plan.maxWaiting() || losses > 0;
    }

    /** Whether a tenant's requests may be more than its share of the places. */
    boolean mayBeFull(Tenant tenant) {
        int own = 0;
        for (Client client : clients) {
            own += client.plan().request().tenant().equals(tenant) ? 1 : 0;
        }
        int left = plan.maxOpenRequests() - (clients.size() - own);
        return own > Math.max(1, (int) (plan.tenantShare() * left)) || losses > 0;
    }

    /** Whether one thing has gone wrong so far, other than what clients do and news that got lost. */
    boolean isOneThingWrong() {
        return losses == 1;
    }

    boolean mayHaveLostAllAttempts() {
        return losses >= MANY_LOSSES;
    }

    /** Why an engine whose step brought these events dies of it; null where it does not. */
    @Nullable
    DeathCause poisonIn(List<EngineEvent> events) {
        for (Client client : clients) {
            Poison poison = client.plan().poison();
            if (poison != null && poison.isIn(events, client::isOwnerOf)) {
                losses++;
                return poison.cause();
            }
        }
        return null;
    }

    /** The worker's process dies; another one takes its place. Its supervisor says why. */
    void kill(WorkerNode worker, DeathCause cause) {
        worker.machine().kill();
        int place = workers.indexOf(worker);
        for (GatewayNode gateway : gateways) {
            network.sendReliably(worker.machine(), timing().removalNanos(), gateway, new Message.BatcherGone(worker));
            long nanos = spread(timing().lateNanos());
            network.sendReliably(worker.machine(), nanos, gateway, new Message.ProcessEnded(worker.id(), cause));
        }
        events.after(timing().restartNanos(), () -> workers.set(place, newWorker()));
    }

    /** The gateway's process dies, and all sequences with it; another one takes its place. */
    void kill(GatewayNode gateway) {
        gateway.machine().kill();
        int place = gateways.indexOf(gateway);
        gateway.lost();
        for (Client client : clients) {
            client.gatewayLost(gateway);
        }
        events.after(timing().restartNanos(), () -> {
            gateways.set(place, newGateway());
            leaving.add(gateway);
            tellMembers(null);
        });
        events.after(timing().restartNanos() + timing().removalNanos(), () -> {
            leaving.remove(gateway);
            tellMembers(null);
        });
    }

    /** All hear which gateways there are; those that died are among them until they are removed. */
    private void tellMembers(@Nullable GatewayNode butFor) {
        List<GatewayNode> members = new ArrayList<>(gateways);
        members.addAll(leaving);
        members.remove(butFor);
        Set<String> names = new TreeSet<>();
        members.forEach(member -> names.add(member.toString()));
        for (WorkerNode worker : workers) {
            worker.machine().after(0, () -> worker.receive(new Message.Gateways(List.copyOf(members))));
        }
        for (GatewayNode gateway : gateways) {
            if (gateway != butFor) {
                gateway.machine().after(0, () -> gateway.resumables().receive(new Message.Members(names)));
            }
        }
    }

    /** A gateway that lives, or did. */
    Optional<GatewayNode> gatewayNamed(String name) {
        return Optional.ofNullable(everyGateway.get(name));
    }

    int nextId() {
        return ++ids;
    }

    private GatewayNode newGateway() {
        Machine machine = new Machine("gateway-" + machines++, true, events);
        GatewayNode gateway = new GatewayNode(this, machine, plan.selectors().apply(machines), machines);
        everyGateway.put(gateway.toString(), gateway);
        return gateway;
    }

    private WorkerNode newWorker() {
        Machine machine = new Machine("worker-" + machines++, false, events);
        return new WorkerNode(this, machine, gateways);
    }

    /** Lets a request come. */
    void request(RequestPlan request) {
        Client client = new Client(this, request);
        clients.add(client);
        lastRequestNanos = Math.max(lastRequestNanos, request.atNanos());
        events.at(request.atNanos(), client::connect);
    }

    /** Runs to the end; throws a {@link Violation} where an invariant does not hold. */
    void run() {
        long endedNanos = -1;
        long nextCheck = 0;
        while (events.step()) {
            if (now() < nextCheck) {
                continue;
            }
            nextCheck = now() + CHECK_NANOS;
            if (endedNanos < 0 && clients.stream().allMatch(Client::isOver)) {
                endedNanos = now();
            }
            if (endedNanos >= 0) {
                Violation left = leftovers();
                if (left == null) {
                    return;
                }
                if (now() - Math.max(endedNanos, plan.calmNanos()) > SETTLE_NANOS) {
                    throw left;
                }
            } else if (now() - Math.max(lastRequestNanos, plan.calmNanos()) > plan.patienceNanos()) {
                throw new Violation(
                        Invariant.NOBODY_WAITS_FOR_EVER,
                        clients.stream().filter(client -> !client.isOver()).toList() + " still wait");
            }
        }
    }

    private @Nullable Violation leftovers() {
        for (WorkerNode worker : workers) {
            if (!worker.leftovers().isEmpty()) {
                return new Violation(Invariant.EMPTY_LEDGERS, worker.leftovers());
            }
            if (!worker.work().isEmpty()) {
                return new Violation(Invariant.FREE_BLOCKS, worker.work());
            }
        }
        for (GatewayNode gateway : gateways) {
            if (!gateway.leftovers().isEmpty()) {
                return new Violation(Invariant.NOBODY_LEFT, gateway.leftovers());
            }
            if (!gateway.reservations().isEmpty()) {
                return new Violation(Invariant.NO_RESERVATIONS, gateway.reservations());
            }
        }
        return null;
    }

    List<Client> clients() {
        return clients;
    }
}
