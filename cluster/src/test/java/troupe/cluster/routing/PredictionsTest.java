package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;

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
                Prediction added = prediction(Demands.prompt(0, random.nextInt(500), 16), 0);
                predictions.add(added);
                model.add(added);
            } else {
                Prediction removed = model.remove(random.nextInt(model.size()));
                predictions.remove(removed);
                predictions.remove(removed);
            }
            assertEquals(model.size(), predictions.size());
        }
        for (int family = 0; family < 500; family++) {
            long low = prompt(Demands.prompt(0, family, 16)).low(0);
            Set<Prediction> found = new HashSet<>();
            for (Prediction each = predictions.candidates(low); each != null; each = each.next) {
                if (each.low() == low) {
                    found.add(each);
                }
            }
            Set<Prediction> expected = new HashSet<>(model);
            expected.removeIf(each -> each.low() != low);
            assertEquals(expected, found);
        }
        model.forEach(predictions::remove);
        assertEquals(0, predictions.size());
        assertNull(predictions.candidates(0));
    }

    @Test
    void shouldCountTheBlocksInCommonWithAPrompt() {
        TokenIds tokens = Demands.prompt(0, 1, 4 * 16 + 5);
        Prediction prediction = prediction(tokens, 1);
        assertEquals(3, prediction.common(prompt(tokens), 1));
        assertEquals(3, prediction.common(prompt(Demands.prompt(0, 1, 6 * 16)), 1));
        assertEquals(2, prediction.common(prompt(Demands.prompt(0, 1, 3 * 16 + 15)), 1));
        assertEquals(0, prediction.common(prompt(tokens), 2));
        // Another token in the third block; in the first, which changes the hashes of all behind it.
        assertEquals(1, prediction.common(prompt(changed(tokens, 40)), 1));
        assertEquals(0, prediction.common(prompt(changed(tokens, 3)), 1));
    }

    private Prediction prediction(TokenIds tokens, int from) {
        return new Prediction(worker, prompt(tokens), from, 0);
    }

    private static PromptHashes prompt(TokenIds tokens) {
        PromptHashes prompt = new PromptHashes("n", 16);
        prompt.of(tokens, "");
        return prompt;
    }

    private static TokenIds changed(TokenIds tokens, int index) {
        int[] ids = tokens.toArray();
        ids[index]++;
        return TokenIds.of(ids);
    }
}
