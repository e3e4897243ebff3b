package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import troupe.engine.Tenant;

class FairQueueTest {
    private static final Duration AGEING = Duration.ofSeconds(10);
    private static final long SECOND = 1_000_000_000;
    private static final Tenant ONE = new Tenant("one", 1);
    private static final Tenant TWO = new Tenant("two", 1);
    private static final Tenant THREE = new Tenant("three", 3);

    private final FairQueue<String> queue = new FairQueue<>(AGEING);
    private long now;

    @Test
    void shouldKeepTheOrderOfArrivalWithinATenant() {
        add("a", ONE, 0, 5);
        add("b", ONE, 0, 1);
        add("c", ONE, 0, 3);
        assertEquals(List.of("a", "b", "c"), takeAll(1));
    }

    @Test
    void shouldServeTenantsByTurnsAndNotByNumbers() {
        for (int i = 0; i < 200; i++) {
            add("flood" + i, ONE, 0, 1);
        }
        add("single", TWO, 0, 1);
        assertTrue(takeAll(1).indexOf("single") <= 1);
    }

    @Test
    void shouldServeWhoWasNotServedLastWhenTheQueueHasJustFilled() {
        add("one", ONE, 0, 1);
        take(1);
        add("again", ONE, 0, 1);
        add("two", TWO, 0, 1);
        assertEquals(List.of("two", "again"), takeAll(1));
    }

    @Test
    void shouldDivideCostByWeightWhileBothHaveABacklog() {
        Random random = new Random(1);
        double[] cost = new double[2];
        for (int i = 0; i < 4_000; i++) {
            add("x" + i, ONE, 0, 1);
            add("y" + i, THREE, 0, 1);
        }
        for (int i = 0; i < 4_000; i++) {
            // The second tenant's are larger too.
            String next = queue.next(now).orElseThrow().item();
            boolean first = next.startsWith("x");
            double charge = first ? 1 + random.nextInt(100) : 50 + random.nextInt(500);
            cost[first ? 0 : 1] += charge;
            queue.take(next, charge);
        }
        assertEquals(3, cost[1] / cost[0], 0.02);
    }

    @Test
    void shouldSaveUpNothingForWhoIsIdle() {
        add("known", TWO, 0, 1);
        take(1);
        for (int i = 0; i < 100; i++) {
            add("a" + i, ONE, 0, 1);
        }
        for (int i = 0; i < 50; i++) {
            take(1);
        }
        for (int i = 0; i < 50; i++) {
            add("b" + i, TWO, 0, 1);
        }
        int own = 0;
        for (int i = 0; i < 40; i++) {
            own += take(1).startsWith("b") ? 1 : 0;
        }
        assertEquals(20, own, 1);
    }

    @Test
    void shouldLetWhoTookMuchPayForItLater() {
        add("large", ONE, 0, 10);
        add("a", ONE, 0, 1);
        add("b", TWO, 0, 1);
        take(10);
        for (int i = 0; i < 20; i++) {
            add("b" + i, TWO, 0, 1);
        }
        List<String> order = takeAll(1);
        assertEquals(10, order.indexOf("a"), 1);
    }

    @Test
    void shouldChargeWhatATurnCameToAndNotWhatItWasTakenFor() {
        add("a0", ONE, 0, 1);
        take(1);
        queue.correct(ONE, 9);
        add("a1", ONE, 0, 1);
        for (int i = 0; i < 20; i++) {
            add("b" + i, TWO, 0, 1);
        }
        assertEquals(10, takeAll(1).indexOf("a1"), 1);
    }

    @Test
    void shouldServeABetterClassFirstWhoeverseItIs() {
        add("low", ONE, 5, 1);
        for (int i = 0; i < 10; i++) {
            add("high" + i, TWO, -1, 1);
        }
        assertEquals(10, takeAll(1).indexOf("low"));
    }

    @Test
    void shouldLetTheLastClassThroughUnderASteadyStreamOfTheFirst() {
        add("patient", ONE, 10, 1);
        int served = 0;
        while (true) {
            add("stream" + served, ONE, 0, 1);
            String next = queue.next(now).orElseThrow().item();
            if (next.equals("patient")) {
                break;
            }
            queue.take(next, 1);
            served++;
            now += SECOND;
        }
        // Ten classes, ten seconds each.
        assertEquals(100, served, 1);
    }

    @Test
    void shouldTellTheClassThatWasReached() {
        add("patient", ONE, 10, 1);
        add("first", ONE, 0, 1);
        assertEquals(new FairQueue.Turn<>("first", 0), queue.next(now).orElseThrow());
        now += 35 * SECOND;
        queue.take("first", 1);
        // Alone it has nobody to catch up with.
        assertEquals(new FairQueue.Turn<>("patient", 10), queue.next(now).orElseThrow());
        add("second", TWO, 5, 1);
        queue.correct(TWO, 1);
        now += 15 * SECOND;
        assertEquals(new FairQueue.Turn<>("patient", 5), queue.next(now).orElseThrow());
    }

    @Test
    void shouldNotLetTheAgeOfAFloodPassOthersByInItsClass() {
        for (int i = 0; i < 100; i++) {
            add("flood" + i, ONE, 0, 1);
        }
        now += 3_600 * SECOND;
        take(1);
        add("single", TWO, 0, 1);
        assertTrue(takeAll(1).indexOf("single") <= 1);
    }

    @Test
    void shouldLetNobodyComeInSoFarAheadThatAgeingIsNoHelp() {
        add("patient", ONE, Integer.MAX_VALUE, 1);
        now += (2 * FairQueue.MOST_CLASSES + 1) * AGEING.toNanos();
        add("hasty", ONE, Integer.MIN_VALUE, 1);
        assertEquals(List.of("patient", "hasty"), takeAll(1));
    }

    @Test
    void shouldForgetWhatIsRemovedAndRefuseWhatWaitsAlready() {
        add("a", ONE, 0, 1);
        add("b", ONE, 0, 1);
        assertThrows(IllegalArgumentException.class, () -> add("a", TWO, 0, 1));
        queue.remove("a");
        queue.remove("a");
        queue.take("nothing", 1);
        assertEquals(List.of("b"), takeAll(1));
        assertEquals(0, queue.size());
        add("a", TWO, 0, 1);
        assertEquals(1, queue.size());
    }

    @Test
    void shouldTellHowMuchIsBeforeATenantsLastOne() {
        for (int i = 0; i < 10; i++) {
            add("a" + i, ONE, 0, 10);
        }
        assertEquals(100, queue.costAhead(ONE));
        assertEquals(0, queue.costAhead(TWO));
        add("b", TWO, 0, 10);
        assertEquals(110, queue.costAhead(ONE));
        assertEquals(20, queue.costAhead(TWO));
        add("c", THREE, 0, 60);
        assertEquals(50, queue.costAhead(TWO));
        takeAll(1);
        assertEquals(0, queue.costAhead(ONE));
    }

    @Test
    void shouldDecideTheSameEachTime() {
        List<List<String>> orders = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            FairQueue<String> each = new FairQueue<>(AGEING);
            Random random = new Random(5);
            List<String> order = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                long at = i * SECOND;
                if (random.nextBoolean()) {
                    Tenant tenant = new Tenant("t" + random.nextInt(7), 1 + random.nextInt(3));
                    each.add("x" + i, tenant, random.nextInt(4), random.nextInt(50), at);
                } else {
                    each.next(at).ifPresent(turn -> {
                        order.add(turn.item());
                        each.take(turn.item(), random.nextInt(50));
                    });
                }
            }
            orders.add(order);
        }
        assertTrue(orders.getFirst().size() > 500);
        assertEquals(orders.getFirst(), orders.getLast());
    }

    private void add(String item, Tenant tenant, int priority, double cost) {
        queue.add(item, tenant, priority, cost, now);
    }

    private String take(double charge) {
        String next = queue.next(now).orElseThrow().item();
        queue.take(next, charge);
        return next;
    }

    private List<String> takeAll(double charge) {
        List<String> order = new ArrayList<>();
        while (!queue.isEmpty()) {
            order.add(take(charge));
        }
        return order;
    }
}
