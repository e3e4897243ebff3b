package troupe.actors;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import troupe.engine.Tenant;

/**
 * What waits, and whose turn is next: the best priority class first, and within a class start-time fair queueing (Goyal,
 * Vin and Cheng, 1996) over tenants by weight. No clock: times are passed in. Not bounded itself: whoever adds is.
 *
 * <p>Each tenant has a virtual time, which moves on by cost over weight with each turn; the one that is least far has the
 * next turn. The queue's virtual time is that of the latest turn. Who comes back, or is new, begins there, so that
 * idleness saves nothing up; a tenant that is further keeps its debt, which is that of its latest turn at most where nobody
 * else had one since.
 *
 * <p>Whoever waits gains a class each {@code ageing}, up to the best class that anyone waiting came in: it joins those in
 * front of it and passes none of them, so that age decides between classes and never between tenants.
 *
 * @param <T> what waits; by it items are told apart
 */
final class FairQueue<T> {
    /** Classes beyond count as these, so that nobody can come in so far ahead that ageing would be no help. */
    static final int MOST_CLASSES = 20;

    /**
     * An item whose turn it is.
     *
     * @param priorityClass that it has reached: its own one where it has not aged
     */
    record Turn<T>(T item, int priorityClass) {}

    private static final class Entry<T> {
        final T item;
        final Flow<T> flow;
        /** Those of its tenant in its class, in the order of arrival. */
        final LinkedHashMap<T, Entry<T>> line;

        final int priority;
        final double cost;
        final long sinceNanos;
        /** Counts the entries up in the order of their arrival. */
        final long number;

        Entry(T item, Flow<T> flow, int priority, double cost, long sinceNanos, long number) {
            this.item = item;
            this.flow = flow;
            line = flow.classes.computeIfAbsent(bounded(priority), ignored -> new LinkedHashMap<>());
            this.priority = priority;
            this.cost = cost;
            this.sinceNanos = sinceNanos;
            this.number = number;
        }

        int bounded() {
            return bounded(priority);
        }

        private static int bounded(int priority) {
            return Math.clamp(priority, -MOST_CLASSES, MOST_CLASSES);
        }
    }

    /** What a tenant has waiting: by class, in the order of arrival. */
    private static final class Flow<T> {
        final TreeMap<Integer, LinkedHashMap<T, Entry<T>>> classes = new TreeMap<>();
        double virtualTime;
        double cost;
        int weight = 1;

        Flow(double virtualTime) {
            this.virtualTime = virtualTime;
        }
    }

    private final long ageingNanos;
    private final Map<T, Entry<T>> entries = new HashMap<>();
    /** By tenant's name: those that have something waiting, and those in debt. */
    private final Map<String, Flow<T>> flows = new HashMap<>();

    private double virtualTime;
    private long arrivals;

    /** @param ageing in which a waiting item gains a class; positive */
    FairQueue(Duration ageing) {
        ageingNanos = ageing.toNanos();
    }

    int size() {
        return entries.size();
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Cost before the last of this tenant's items would have its turn, if the tenants that wait now go on waiting. */
    double costAhead(Tenant tenant) {
        Flow<T> own = flows.get(tenant.name());
        if (own == null) {
            return 0;
        }
        double ahead = 0;
        double turns = own.cost / own.weight;
        for (Flow<T> flow : flows.values()) {
            ahead += Math.min(flow.cost, turns * flow.weight);
        }
        return ahead;
    }

    /**
     * Waits from now on.
     *
     * @param priority lower goes first
     * @param itemCost at least 0
     * @throws IllegalArgumentException if it waits already
     */
    void add(T item, Tenant tenant, int priority, double itemCost, long nowNanos) {
        if (entries.containsKey(item)) {
            throw new IllegalArgumentException(item + " waits already");
        }
        Flow<T> flow = flows.computeIfAbsent(tenant.name(), ignored -> new Flow<>(virtualTime));
        if (flow.classes.isEmpty()) {
            flow.virtualTime = Math.max(flow.virtualTime, virtualTime);
        }
        flow.weight = tenant.share();
        Entry<T> entry = new Entry<>(item, flow, priority, itemCost, nowNanos, arrivals++);
        entries.put(item, entry);
        entry.line.put(item, entry);
        flow.cost += itemCost;
    }

    /** Whose turn it is; it goes on waiting until it is taken. */
    Optional<Turn<T>> next(long nowNanos) {
        int best = Integer.MAX_VALUE;
        for (Flow<T> flow : flows.values()) {
            if (!flow.classes.isEmpty()) {
                best = Math.min(best, flow.classes.firstKey());
            }
        }
        Entry<T> next = null;
        int nextClass = 0;
        for (Flow<T> flow : flows.values()) {
            for (LinkedHashMap<T, Entry<T>> line : flow.classes.values()) {
                Entry<T> entry = line.firstEntry().getValue();
                int reached = reached(entry, best, nowNanos);
                if (next == null || isBefore(entry, reached, next, nextClass)) {
                    next = entry;
                    nextClass = reached;
                }
            }
        }
        if (next == null) {
            return Optional.empty();
        }
        return Optional.of(new Turn<>(next.item, nextClass == next.bounded() ? next.priority : nextClass));
    }

    /** The class that an item has aged to: not below the best one that anyone came in. */
    private int reached(Entry<T> entry, int best, long nowNanos) {
        long gained = Math.max(0, nowNanos - entry.sinceNanos) / ageingNanos;
        return (int) Math.max(best, entry.bounded() - gained);
    }

    private static <T> boolean isBefore(Entry<T> one, int oneClass, Entry<T> other, int otherClass) {
        if (oneClass != otherClass) {
            return oneClass < otherClass;
        }
        if (one.flow.virtualTime != other.flow.virtualTime) {
            return one.flow.virtualTime < other.flow.virtualTime;
        }
        return one.number < other.number;
    }

    /** The item has its turn, which its tenant is charged for: {@code charge}, whatever it was added with. */
    void take(T item, double charge) {
        Entry<T> entry = entries.get(item);
        if (entry != null) {
            virtualTime = Math.max(virtualTime, entry.flow.virtualTime);
            entry.flow.virtualTime += charge / entry.flow.weight;
            remove(item);
        }
    }

    /** The item waits no more and gets nothing; one that does not wait is left alone. */
    void remove(T item) {
        Entry<T> entry = entries.remove(item);
        if (entry == null) {
            return;
        }
        Flow<T> flow = entry.flow;
        entry.line.remove(item);
        if (entry.line.isEmpty()) {
            flow.classes.remove(entry.bounded());
        }
        flow.cost = flow.classes.isEmpty() ? 0 : flow.cost - entry.cost;
        forgetPaidDebts();
    }

    /** A turn has cost so much more than it was charged, or less. */
    void correct(Tenant tenant, double difference) {
        Flow<T> flow = flows.computeIfAbsent(tenant.name(), ignored -> new Flow<>(virtualTime));
        flow.virtualTime += difference / tenant.share();
        forgetPaidDebts();
    }

    private void forgetPaidDebts() {
        flows.values().removeIf(flow -> flow.classes.isEmpty() && flow.virtualTime <= virtualTime);
    }
}
