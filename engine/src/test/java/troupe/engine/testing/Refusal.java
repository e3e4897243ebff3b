package troupe.engine.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;
import troupe.engine.gguf.ModelFormatException;

/** Assertions on how a model file is refused. */
public final class Refusal {
    private Refusal() {}

    /** Asserts that {@code action} throws a {@link ModelFormatException} whose message contains {@code expected}. */
    public static void assertRefused(String expected, Executable action) {
        String message =
                String.valueOf(assertThrows(ModelFormatException.class, action).getMessage());
        assertTrue(message.contains(expected), message);
    }
}
