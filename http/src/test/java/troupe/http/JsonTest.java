package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonTest {
    private static String refusal(String body) {
        return assertThrows(ApiException.class, () -> Json.parseObject(body.getBytes(StandardCharsets.UTF_8)))
                .text();
    }

    @Test
    void shouldSayWhatIsWrongAndWhereWithoutTheParsersOwnWords() {
        assertEquals(
                "the body is not valid JSON: unexpected text (line 2, column 7)", refusal("{\"a\": 1,\n \"b\": x}"));
        assertEquals("the body is not valid JSON: it ends too early (line 1, column 8)", refusal("{\"a\": ["));
        assertEquals(
                "the body is not valid JSON: an object has two fields of one name (line 1, column 13)",
                refusal("{\"a\": 1, \"a\": 2}"));
        assertEquals("the body is not valid JSON: unexpected text (line 1, column 3)", refusal("{}}"));
        assertEquals("the body must be a JSON object", refusal("[1]"));
    }

    @Test
    void shouldNameTheLimitsOfABodyThatExceedsOne() {
        String limits = "the body is larger than allowed: at most 64 levels, 2000000 values, numbers of 64 and names of"
                + " 1024 characters";
        for (String body : new String[] {
            "{\"a\": " + "[".repeat(100), "{\"a\": " + "1".repeat(100) + "}", "{\"" + "n".repeat(2000) + "\": 1}"
        }) {
            assertEquals(limits, refusal(body).replaceAll(" \\(line .*", ""));
        }
    }
}
