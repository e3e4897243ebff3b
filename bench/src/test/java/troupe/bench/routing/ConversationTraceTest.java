package troupe.bench.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.cluster.simulation.Turn;
import troupe.engine.TokenIds;

class ConversationTraceTest {
    private static final String LINES = """
            {"timestamp": 0, "input_length": 1000, "output_length": 33, "hash_ids": [1, 2]}
            {"timestamp": 0, "input_length": 1500, "output_length": 0, "hash_ids": [1, 2, 3]}
            {"timestamp": 3000, "input_length": 512, "output_length": 900, "hash_ids": [1]}
            {"timestamp": 3000, "input_length": 513, "output_length": 20, "hash_ids": [4, 5]}
            """;

    @TempDir
    private Path folder;

    private ConversationTrace read(String lines, int context) throws IOException {
        return ConversationTrace.read(Files.writeString(folder.resolve("trace.jsonl"), lines), 16, context, 100);
    }

    @Test
    void shouldScaleLengthsAndKeepWhatPromptsShare() throws IOException {
        ConversationTrace trace = read(LINES, 8_192);
        assertEquals(4, trace.size());
        Turn first = trace.turns(0).getFirst();
        assertEquals(63, first.prompt().size());
        assertEquals(3, first.outputTokens());
        assertEquals(1, trace.turns(1).getFirst().outputTokens());

        TokenIds shorter = first.prompt().tokens(1_000);
        TokenIds longer = trace.turns(1).getFirst().prompt().tokens(1_000);
        assertEquals(shorter, longer.slice(0, 63));
        TokenIds other = trace.turns(3).getFirst().prompt().tokens(1_000);
        assertEquals(33, other.size());
        assertNotEquals(shorter.slice(0, 16), other.slice(0, 16));
    }

    @Test
    void shouldSpreadRequestsOfOneTime() throws IOException {
        ConversationTrace trace = read(LINES, 8_192);
        double[] starts = new double[4];
        for (int i = 0; i < 4; i++) {
            starts[i] = trace.startSeconds(i);
        }
        assertEquals(0, starts[0]);
        assertEquals(1.5, starts[1]);
        assertEquals(3, starts[2]);
        assertEquals(4.5, starts[3]);
    }

    @Test
    void shouldCutToTheContext() throws IOException {
        ConversationTrace trace = read(LINES, 40);
        assertEquals(39, trace.turns(1).getFirst().prompt().size());
        assertEquals(1, trace.turns(1).getFirst().outputTokens());
        assertEquals(8, trace.turns(2).getFirst().outputTokens());
    }

    @Test
    void shouldNameTheLineThatIsWrong() {
        String few = "{\"timestamp\": 0, \"input_length\": 1000, \"output_length\": 3, \"hash_ids\": [1]}";
        IOException e = assertThrows(IOException.class, () -> read(LINES + few, 8_192));
        assertTrue(String.valueOf(e.getMessage()).contains("line 5: hash_ids has 1 ids"), e.getMessage());
        String negative = "{\"timestamp\": -1, \"input_length\": 5, \"output_length\": 3, \"hash_ids\": [1]}";
        assertThrows(IOException.class, () -> read(negative, 8_192));
        String back = "{\"timestamp\": 1, \"input_length\": 5, \"output_length\": 3, \"hash_ids\": [1]}";
        assertThrows(IOException.class, () -> read(LINES + back, 8_192));
        assertThrows(IOException.class, () -> read("", 8_192));
    }
}
