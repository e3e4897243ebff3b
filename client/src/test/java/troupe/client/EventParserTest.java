package troupe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventParserTest {
    private static List<ServerEvent> parse(String... lines) {
        EventParser parser = new EventParser();
        List<ServerEvent> events = new ArrayList<>();
        for (String line : lines) {
            ServerEvent event = parser.line(line);
            if (event != null) {
                events.add(event);
            }
        }
        return events;
    }

    @Test
    void shouldReadIdAndDataInAnyOrder() {
        assertEquals(
                List.of(new ServerEvent("7", "a"), new ServerEvent("8", "b")),
                parse("id: 7", "data: a", "", "data:b", "id:8", ""));
    }

    @Test
    void shouldJoinLinesOfData() {
        assertEquals(List.of(new ServerEvent("", "a\n\nb")), parse("data: a", "data", "data: b", ""));
    }

    @Test
    void shouldSkipCommentsAndWhatItDoesNotKnow() {
        assertEquals(List.of(new ServerEvent("", "a")), parse(": alive", "", "retry: 5", "data: a", ""));
    }

    @Test
    void shouldGiveNothingBeforeTheEmptyLine() {
        assertNull(new EventParser().line("data: a"));
    }
}
