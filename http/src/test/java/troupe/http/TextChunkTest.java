package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextChunkTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                " a token",
                "\"quoted\" \\ and / back",
                "\0\1\b\t\n\f\r\u001f\u007f",
                "\\u0000",
                "\u0000\u0000",
                "é ß 語 \u2028 \ufeff",
                "\ud83d\ude00 beyond the first plane"
            })
    void shouldGiveTheBytesOfTheWholeTree(String text) {
        TextChunk chunk = TextChunk.of(TextChunkTest::tree);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        chunk.write(text, out);

        assertEquals(new String(Json.bytes(tree(text)), StandardCharsets.UTF_8), out.toString(StandardCharsets.UTF_8));
    }

    /** What comes before the text may look like the text's place. */
    private static ObjectNode tree(String text) {
        ObjectNode tree = Json.object().put("model", "a\0model").put("created", 1);
        tree.putArray("choices").addObject().put("text", text).putNull("logprobs");
        return tree;
    }
}
