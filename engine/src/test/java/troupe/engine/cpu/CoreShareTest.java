package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CoreShareTest {
    @Test
    void shouldHaveAThreadPauseForEachCoreThatOthersTake() {
        assertEquals(1, settled(2, 2, 0.67)); // an endless loop beside two threads
        assertEquals(1, settled(2, 2, 1));
        assertEquals(2, settled(2, 2, 0.4));
        assertEquals(13, settled(16, 16, 2.6));
        assertEquals(4, settled(4, 16, 9));
        assertEquals(3, settled(4, 4, 0.8));
    }

    @Test
    void shouldHaveOneThreadThatNeverPausesWhateverOthersDo() {
        assertEquals(1, settled(2, 2, 2));
        assertEquals(1, settled(1, 1, 1));
        assertEquals(1, settled(8, 2, 5));
    }

    @Test
    void shouldTakeNoSampleAloneForASign() {
        CoreShare share = new CoreShare(2);
        for (int i = 0; i < 10; i++) {
            assertEquals(2, share.sample(2, 1));
            assertEquals(2, share.sample(2, 0));
        }
    }

    @Test
    void shouldLetNoThreadPauseWhenOthersHaveEnded() {
        CoreShare share = new CoreShare(2);
        share.sample(2, 1);
        assertEquals(1, share.sample(2, 1));
        assertEquals(1, share.sample(2, 0));
        assertEquals(2, share.sample(2, 0));
    }

    /** The number of threads after some equal samples. */
    private static int settled(int threads, int processors, double foreign) {
        CoreShare share = new CoreShare(threads);
        int steady = threads;
        for (int i = 0; i < CoreShare.SAMPLES; i++) {
            steady = share.sample(processors, foreign);
        }
        return steady;
    }
}
