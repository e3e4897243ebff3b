package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    @Test
    void shouldReadThisVersionAndLaterOnes() {
        Optional<TraceContext> expected = Optional.of(new TraceContext(TRACE, PARENT, 1));
        assertEquals(expected, TraceContext.parse("00-" + TRACE + "-" + PARENT + "-01"));
        assertEquals(expected, TraceContext.parse("cc-" + TRACE + "-" + PARENT + "-01-what-the-future-will-be-like"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-" + TRACE + "-" + PARENT,
                "00-" + TRACE + "-" + PARENT + "-1",
                "00-" + TRACE + "-" + PARENT + "-01-more",
                "ff-" + TRACE + "-" + PARENT + "-01",
                "00-00000000000000000000000000000000-" + PARENT + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-" + PARENT + "-01",
                "00-" + TRACE + "-" + PARENT + "-01\n",
            })
    void shouldIgnoreWhatIsNotOfTheSpecification(String header) {
        assertEquals(Optional.empty(), TraceContext.parse(header));
    }
}
