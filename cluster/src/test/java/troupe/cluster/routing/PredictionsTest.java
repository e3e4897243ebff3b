package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PredictionsTest {
    private final RoutedWorker worker = new RoutedWorker(
            Demands.worker(0), 0, new WorkerGroup(WorkerGroup.Key.of(Demands.info("n"))), Integer.MAX_VALUE);

    @Test
    void shouldFindWhatWasAddedAndNotRemovedWhileItGrows() {
        SplittableRandom random = new SplittableRandom(1);
        Predictions predictions = new Predictions();
        List<Prediction> model = new ArrayList<>();
        for (int event = 0; event < 20_000; event++) {
            if (random.nextInt(10) < 6 || model.isEmpty()) {
                Prediction added = new Prediction(worker, new long[] {1, random.nextInt(500)}, 0);
                predictions.add(added);
                model.add(added);
            } else {
                Prediction removed = model.remove(random.nextInt(model.size()));
                predictions.remove(removed);
                predictions.remove(removed);
            }
            assertEquals(model.size(), predictions.size());
        }
        for (int low = 0; low < 500; low++) {
            Set<Prediction> found = new HashSet<>();
            for (Prediction each = predictions.candidates(low); each != null; each = each.next) {
                if (each.low() == low) {
                    found.add(each);
                }
            }
            Set<Prediction> expected = new HashSet<>(model);
            int wanted = low;
            expected.removeIf(each -> each.low() != wanted);
            assertEquals(expected, found);
        }
        model.forEach(predictions::remove);
        assertEquals(0, predictions.size());
        assertNull(predictions.candidates(0));
    }

    @Test
    void shouldCountTheBlocksInCommonWithAChain() {
        Prediction prediction = new Prediction(worker, new long[] {1, 2, 3, 4, 5, 6}, 0);
        assertEquals(3, prediction.common(new long[] {9, 9, 1, 2, 3, 4, 5, 6, 7, 8}, 1, 5));
        assertEquals(2, prediction.common(new long[] {9, 9, 1, 2, 3, 4, 5, 6, 7, 8}, 1, 3));
        assertEquals(1, prediction.common(new long[] {1, 2, 3, 5}, 0, 2));
        assertEquals(0, prediction.common(new long[] {0, 2, 3, 4}, 0, 2));
    }
}
