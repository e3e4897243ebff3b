package troupe.cli.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinePumpTest {
    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        LinePump.run(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), lines::add);
        return lines;
    }

    @Test
    void shouldCutLinesAtTheirEnds() {
        assertEquals(List.of("one", "", "two", "dré\té"), lines("one\n\ntwo\r\ndré\té"));
        assertEquals(List.of(), lines(""));
    }

    @Test
    void shouldHandOverAnEndlessLineInPieces() {
        String endless = "x".repeat(LinePump.MOST_BYTES * 2 + 5);
        assertEquals(
                List.of(LinePump.MOST_BYTES, LinePump.MOST_BYTES, 5),
                lines(endless).stream().map(String::length).toList());
    }

    @Test
    void shouldNotInventALineAfterOneThatFillsTheBuffer() {
        String full = "x".repeat(LinePump.MOST_BYTES);
        assertEquals(List.of(full, "y"), lines(full + "\ny\n"));
    }

    @Test
    void shouldHandOverWhatCameBeforeAFailure() {
        List<String> lines = new ArrayList<>();
        LinePump.run(
                new FilterInputStream(new ByteArrayInputStream("whole\npart".getBytes(StandardCharsets.UTF_8))) {
                    @Override
                    public int read(byte[] target, int offset, int length) throws IOException {
                        int read = super.read(target, offset, length);
                        if (read < 0) {
                            throw new IOException("broken pipe");
                        }
                        return read;
                    }
                },
                lines::add);
        assertEquals(List.of("whole", "part"), lines);
    }
}
