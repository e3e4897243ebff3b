package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WorkerHeapTest {
    @Test
    void shouldAscendInOrderThroughRandomChanges() {
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            WorkerGroup group = new WorkerGroup(WorkerGroup.Key.of(Demands.info("n")));
            List<RoutedWorker> all = new ArrayList<>();
            for (int event = 0; event < 300; event++) {
                int dice = random.nextInt(10);
                if (dice < 4 || all.isEmpty()) {
                    RoutedWorker worker = new RoutedWorker(Demands.worker(event), event, group, Integer.MAX_VALUE);
                    draw(worker, random);
                    group.heap.add(worker);
                    all.add(worker);
                } else if (dice < 6) {
                    group.heap.remove(all.remove(random.nextInt(all.size())));
                } else {
                    RoutedWorker worker = all.get(random.nextInt(all.size()));
                    draw(worker, random);
                    group.heap.moved(worker);
                }
                assertEquals(all.size(), group.heap.size());
            }
            all.sort(Comparator.<RoutedWorker>comparingDouble(worker -> worker.seconds)
                    .thenComparingInt(worker -> worker.tieBreak));
            group.heap.ascend();
            for (RoutedWorker worker : all) {
                assertSame(worker, group.heap.next(), "seed " + seed);
            }
            assertNull(group.heap.next());
        }
    }

    private static void draw(RoutedWorker worker, SplittableRandom random) {
        worker.seconds = random.nextInt(8);
        worker.tieBreak = random.nextInt();
    }
}
