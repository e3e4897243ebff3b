package troupe.bench.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;

class CrewTest {
    @Test
    void shouldRunTheBodyOnceForEachMember() throws InterruptedException {
        Set<Integer> members = new ConcurrentSkipListSet<>();
        double seconds = Crew.seconds(3, members::add);
        assertEquals(Set.of(0, 1, 2), members);
        assertTrue(seconds >= 0);
    }

    @Test
    void shouldFailWithTheFailureOfAMember() {
        IllegalStateException failure = assertThrows(
                IllegalStateException.class,
                () -> Crew.seconds(2, member -> {
                    if (member == 1) {
                        throw new UnsupportedOperationException("broken");
                    }
                }));
        assertInstanceOf(UnsupportedOperationException.class, failure.getCause());
    }
}
