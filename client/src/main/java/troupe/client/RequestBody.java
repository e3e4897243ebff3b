package troupe.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.random.RandomGenerator;

/** The body of a request that may be sent more than once and has one answer. */
final class RequestBody {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RequestBody() {}

    /**
     * Sets {@code stream}, and a {@code seed} where there is none.
     *
     * @throws IllegalArgumentException if {@code text} is not a JSON object
     */
    static String repeatable(String text, boolean stream, RandomGenerator random) {
        JsonNode body;
        try {
            body = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the body is not JSON: " + e.getOriginalMessage(), e);
        }
        if (!(body instanceof ObjectNode object)) {
            throw new IllegalArgumentException("the body is not a JSON object");
        }
        object.put("stream", stream);
        if (!object.hasNonNull("seed")) {
            object.put("seed", random.nextLong());
        }
        return object.toString();
    }
}
