package troupe.bench.failures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MoveTest {
    private static JsonNode waterfall(String attempts) throws IOException {
        return new ObjectMapper().readTree("""
                {"received_at": 10000, "prompt_tokens": 120, "attempts": [%s]}""".formatted(attempts));
    }

    private static final String FIRST = """
            {"attempt": 0, "outcome": "lost", "output_tokens": 50, "cached_tokens": 0, "submitted_ms": 3.0,
             "prefill_begin_ms": 4.0, "first_token_ms": 90.0}""";

    @Test
    void shouldTellWhereTheTimeOfAMovedStreamGoes() throws IOException {
        JsonNode waterfall = waterfall(FIRST + """
                , {"attempt": 1, "outcome": "finished", "output_tokens": 70, "cached_tokens": 16, "submitted_ms": 2012.5,
                 "prefill_begin_ms": 2100.0, "first_token_ms": 2350.5}""");
        assertEquals(Optional.of(new Move(12.5, 87.5, 250.5, 154)), Move.of(waterfall, 12_000));
    }

    @Test
    void shouldFindNoneWhereTheStreamStayed() throws IOException {
        assertEquals(Optional.empty(), Move.of(waterfall(FIRST), 12_000));
    }

    @Test
    void shouldLeaveOutAMoveBeforeTheFault() throws IOException {
        JsonNode waterfall = waterfall(FIRST + """
                , {"attempt": 1, "outcome": "finished", "output_tokens": 70, "cached_tokens": 0, "submitted_ms": 1000.0,
                 "prefill_begin_ms": 1001.0, "first_token_ms": 1100.0}""");
        assertEquals(Optional.empty(), Move.of(waterfall, 12_000));
    }

    @Test
    void shouldLeaveOutAMoveThatBroughtNothing() throws IOException {
        JsonNode waterfall = waterfall(FIRST + """
                , {"attempt": 1, "outcome": "lost", "output_tokens": 0, "cached_tokens": 0, "submitted_ms": 2001.0,
                 "prefill_begin_ms": null, "first_token_ms": null}
                , {"attempt": 2, "outcome": "finished", "output_tokens": 9, "cached_tokens": 0, "submitted_ms": 2500.0,
                 "prefill_begin_ms": 2500.0, "first_token_ms": 2600.0}""");
        assertEquals(Optional.of(new Move(500, 0, 100, 170)), Move.of(waterfall, 12_000));
    }
}
