package troupe.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON in and out: bounded in depth, size and the length of numbers and names, so that a hostile body costs little. */
final class Json {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER_CHARACTERS = 64;
    private static final int MAX_NAME_CHARACTERS = 1_024;
    private static final long MAX_VALUES = 2_000_000;
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_CHARACTERS)
                            .maxNameLength(MAX_NAME_CHARACTERS)
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxTokenCount(MAX_VALUES)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** Reads the object that a body must be; the body's size has been checked. */
    static ObjectNode parseObject(byte[] body) {
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            String where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
            throw ApiException.invalid(null, problem(e) + where);
        } catch (IOException e) {
            throw ApiException.invalid(null, "the body is not valid JSON");
        }
        if (!(node instanceof ObjectNode object)) {
            throw ApiException.invalid(null, "the body must be a JSON object");
        }
        return object;
    }

    /** In words of ours: the parser's name its own classes and options. */
    private static String problem(JsonProcessingException e) {
        if (e instanceof StreamConstraintsException) {
            return "the body is larger than allowed: at most " + MAX_DEPTH + " levels, " + MAX_VALUES
                    + " values, numbers of " + MAX_NUMBER_CHARACTERS + " and names of " + MAX_NAME_CHARACTERS
                    + " characters";
        }
        if (e instanceof JsonEOFException) {
            return "the body is not valid JSON: it ends too early";
        }
        return e.getOriginalMessage().startsWith("Duplicate ")
                ? "the body is not valid JSON: an object has two fields of one name"
                : "the body is not valid JSON: unexpected text";
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static byte[] bytes(JsonNode node) {
        return written(node);
    }

    /** A string, quoted. */
    static byte[] bytes(String text) {
        return written(text);
    }

    private static byte[] written(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ObjectNode error(ApiException failure) {
        ObjectNode body = object();
        body.putObject("error")
                .put("message", failure.text())
                .put("type", failure.type())
                .put("param", failure.param())
                .put("code", failure.code());
        return body;
    }
}
