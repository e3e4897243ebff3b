package troupe.engine.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The default model's reference figures, computed in float32 from the dequantized weights by an independent program. */
public final class ReferenceFigures {
    private static final String RESOURCE = "/reference/smollm2-135m-instruct-q4_1.json";

    private ReferenceFigures() {}

    /** The whole document: {@code chats[]}, {@code ppl}, {@code sha256}, {@code eos}. */
    public static JsonNode load() {
        try (InputStream in = Objects.requireNonNull(ReferenceFigures.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE, e);
        }
    }

    /** An array of token ids. */
    public static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).intValue();
        }
        return ids;
    }
}
