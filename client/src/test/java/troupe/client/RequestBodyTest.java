package troupe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestBodyTest {
    @Test
    void shouldKeepTheSeedThatIsThere() {
        assertEquals("{\"seed\":5,\"stream\":true}", RequestBody.repeatable("{\"seed\": 5}", true, new Random(1)));
    }

    @Test
    void shouldSetASeedWhereThereIsNone() {
        String body = RequestBody.repeatable("{\"seed\": null}", false, new Random(1));
        assertTrue(body.matches("\\{\"seed\":-?\\d+,\"stream\":false}"), body);
    }

    @Test
    void shouldRefuseWhatIsNoObject() {
        assertThrows(IllegalArgumentException.class, () -> RequestBody.repeatable("[1]", true, new Random(1)));
        assertThrows(IllegalArgumentException.class, () -> RequestBody.repeatable("{", true, new Random(1)));
    }
}
