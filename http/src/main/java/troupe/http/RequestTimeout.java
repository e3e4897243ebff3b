package troupe.http;

import akka.http.javadsl.model.HttpRequest;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header in which a client says how long its request may take. */
final class RequestTimeout {
    static final String HEADER = "X-Request-Timeout";
    /** Nothing that a parser of numbers would understand in a way of its own: no sign, no exponent. */
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");

    private RequestTimeout() {}

    /**
     * What the request says; null where it says nothing.
     *
     * @throws ApiException where it is not a number of seconds above 0 and at most {@code longest}
     */
    static @Nullable Duration read(HttpRequest request, Duration longest) {
        Optional<String> header =
                request.getHeader(HEADER).map(found -> found.value().strip());
        if (header.isEmpty()) {
            return null;
        }
        String value = header.get();
        if (SECONDS.matcher(value).matches()) {
            BigDecimal nanos = new BigDecimal(value).movePointRight(9).setScale(0, RoundingMode.UNNECESSARY);
            Duration timeout = Duration.ofNanos(nanos.longValueExact());
            if (timeout.isPositive() && timeout.compareTo(longest) <= 0) {
                return timeout;
            }
        }
        throw ApiException.invalid(
                HEADER,
                HEADER + " is '" + Fields.shortened(value) + "', seconds above 0 and at most "
                        + BigDecimal.valueOf(longest.toMillis(), 3)
                                .stripTrailingZeros()
                                .toPlainString()
                        + " are allowed");
    }
}
