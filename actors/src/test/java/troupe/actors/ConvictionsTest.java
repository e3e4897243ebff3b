package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

class ConvictionsTest {
    private final AtomicLong now = new AtomicLong();
    private final List<Convictions.Conviction> told = new ArrayList<>();
    private final Convictions convictions = new Convictions(Duration.ofNanos(100), now::get, told::add);

    @Test
    void shouldForgetAfterItsTime() {
        convictions.learn("a");
        now.set(99);
        assertTrue(convictions.has("a"));
        assertFalse(convictions.has("b"));
        now.set(100);
        assertFalse(convictions.has("a"));
    }

    @Test
    void shouldForgetTheOldestAtTheLimit() {
        for (int i = 0; i < Convictions.MOST; i++) {
            convictions.learn("f" + i);
        }
        convictions.learn("f0");
        convictions.learn("more");
        assertTrue(convictions.has("f0"));
        assertTrue(convictions.has("more"));
        assertFalse(convictions.has("f1"));
    }

    @Test
    void shouldTellOthersOfWhatWasFoundHereAlone() {
        Convictions.Conviction conviction = new Convictions.Conviction("a", "model", "request");
        convictions.learn("b");
        convictions.found(conviction);
        assertEquals(List.of(conviction), told);
        assertTrue(convictions.has("a"));
    }

    @Test
    void shouldFingerprintWhatARequestComputesAndNotWhoAsks() {
        String first = Fingerprint.of(request("one", null, 1), TokenIds.of(1, 2));
        assertEquals(first, Fingerprint.of(request("two", null, 1), TokenIds.of(1, 2)));
        assertNotEquals(first, Fingerprint.of(request("one", null, 1), TokenIds.of(1, 3)));
        assertNotEquals(first, Fingerprint.of(request("one", 4L, 1), TokenIds.of(1, 2)));
        assertNotEquals(first, Fingerprint.of(request("one", null, 2), TokenIds.of(1, 2)));
        assertEquals(32, first.length());
    }

    private static GenerationRequest request(String id, @Nullable Long seed, int choices) {
        return new GenerationRequest(
                new RequestTag(id, null),
                "m",
                new Prompt.Text("hello", true),
                choices,
                10,
                SamplingParams.greedy(10),
                seed,
                List.of(),
                false,
                true,
                0,
                "",
                null,
                Tenant.NONE);
    }
}
