package troupe.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** A gateway has answered with an error that another attempt would not change. */
public class RefusedException extends ClientException {
    private static final long serialVersionUID = 1;
    private static final ObjectMapper JSON = new ObjectMapper();
    /** The code of a 404 that says that no gateway has the stream any more. */
    private static final String NOT_FOUND = "resume_not_found";

    private final int status;
    private final String code;

    private RefusedException(int status, String code, String message) {
        super(message, null);
        this.status = status;
        this.code = code;
    }

    /** @param body as it came: an error in OpenAI's shape, or anything */
    static RefusedException of(int status, String body) {
        String code = "";
        String message = body;
        try {
            JsonNode error = JSON.readTree(body).path("error");
            code = error.path("code").asText("");
            message = error.path("message").asText(body);
        } catch (JsonProcessingException e) {
            // Not ours: whatever stands between says it in its own words.
        }
        return new RefusedException(status, code, status + ": " + message);
    }

    /** Of HTTP. */
    public int status() {
        return status;
    }

    /** As the server names the reason; may be empty. */
    public String code() {
        return code;
    }

    /** Whether every copy of the request is gone; the same body, with its seed, gives the same answer again. */
    public boolean isLost() {
        return status == 404 && code.equals(NOT_FOUND);
    }
}
