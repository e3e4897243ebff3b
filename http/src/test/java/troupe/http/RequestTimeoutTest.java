package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.headers.RawHeader;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTimeoutTest {
    private static final Duration LONGEST = Duration.ofSeconds(90);

    @ParameterizedTest
    @CsvSource({"1, 1000000000", "0.25, 250000000", "90, 90000000000", "000000002.5, 2500000000", "0.000000001, 1"})
    void shouldReadSecondsWithAFraction(String value, long nanos) {
        assertEquals(Duration.ofNanos(nanos), read(value));
    }

    @Test
    void shouldSayNothingWhereTheRequestSaysNothing() {
        assertNull(RequestTimeout.read(HttpRequest.create(), LONGEST));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0", "0.0", "-1", "+1", "1e1", "90.001", "9999999999", "1,5", "NaN", "ten", ".5", "1.", "1s"})
    void shouldRefuseAnythingElseNamingTheHeaderAndTheLimit(String value) {
        ApiException refusal = assertThrows(ApiException.class, () -> read(value));
        assertEquals(400, refusal.status());
        assertEquals("X-Request-Timeout", refusal.param());
        assertTrue(refusal.text().contains("'" + value + "'"), refusal.text());
        assertTrue(refusal.text().contains("at most 90 are"), refusal.text());
    }

    private static Duration read(String value) {
        return Objects.requireNonNull(RequestTimeout.read(
                HttpRequest.create().addHeader(RawHeader.create("X-Request-Timeout", value)), LONGEST));
    }
}
