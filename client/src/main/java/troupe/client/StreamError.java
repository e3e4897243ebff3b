package troupe.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Errors in the middle of a stream. */
final class StreamError {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** How every error begins; what does not is not parsed. */
    private static final String BEGIN = "{\"error\"";
    /** The code of one that is about the gateway, which ends, and not about the request. */
    private static final String DRAINING = "draining";

    private StreamError() {}

    /** Whether another gateway would go on with the answer. */
    static boolean isPassing(String data) {
        if (!data.startsWith(BEGIN)) {
            return false;
        }
        try {
            return JSON.readTree(data).path("error").path("code").asText("").equals(DRAINING);
        } catch (JsonProcessingException e) {
            return false;
        }
    }
}
