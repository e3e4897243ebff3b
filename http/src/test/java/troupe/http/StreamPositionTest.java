package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.actors.resume.ReadSoFar;

class StreamPositionTest {
    private static final String TAG = "0123456789abcdef";

    @ParameterizedTest
    @ValueSource(
            strings = {
                ";",
                TAG + ":,;",
                TAG + ":h,;" + TAG + ":p,h",
                TAG + ":12,7.;" + TAG + ":0.,999999999",
                TAG + ":12.,7.;" + TAG + ":1.,1./u"
            })
    void shouldReadWhatItWrites(String text) {
        assertEquals(text, StreamPosition.parse(text, 2, 2).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "u",
                TAG + ":1,2",
                TAG + ":1;" + TAG + ":1",
                TAG + ":1,2;" + TAG + ":1,2;" + TAG + ":1,2",
                TAG + ":01,2;",
                TAG + ":-1,2;",
                TAG + ":1..,2;",
                TAG + ":h.,2;",
                TAG + ":1000000000,2;",
                "0123456789ABCDEF:1,2;",
                "1,2;",
                TAG + ":1,2; ",
                TAG + ":1,2;/u/u",
                TAG + ":\u0661,2;",
            })
    void shouldRefuseAnythingElse(String text) {
        ApiException refusal = assertThrows(ApiException.class, () -> StreamPosition.parse(text, 2, 2));
        assertEquals(400, refusal.status());
        assertEquals(ResumeHeaders.LAST_EVENT, refusal.param());
    }

    @Test
    void shouldTellASequenceOnlyOfWhatDependsOnIt() {
        StreamPosition position = StreamPosition.parse(TAG + ":h,h;" + TAG + ":h,3.", 2, 2);
        assertNull(position.prompts().get(0).read());
        assertEquals(
                new ReadSoFar(TAG, List.of(0, 3)), position.prompts().get(1).read());
    }

    @Test
    void shouldFollowWhatIsSent() {
        StreamCursor cursor = new StreamCursor(StreamPosition.none(1, 2));
        assertEquals("", cursor.position().toString());
        cursor.accepted(0, TAG);
        assertTrue(cursor.head(0));
        assertEquals(TAG + ":h,", cursor.position().toString());
        assertTrue(cursor.head(1));
        assertTrue(cursor.scores(1));
        cursor.tokens(0, 1);
        cursor.tokens(0, 1);
        assertEquals(TAG + ":2,p", cursor.position().toString());
        assertTrue(cursor.end(0));
        assertTrue(cursor.usage());
        assertEquals(TAG + ":2.,p/u", cursor.position().toString());
    }

    @Test
    void shouldKnowWhatItsClientHas() {
        StreamCursor cursor = new StreamCursor(StreamPosition.parse(TAG + ":5.,p/u", 1, 2));
        assertFalse(cursor.head(0));
        assertFalse(cursor.scores(0));
        assertFalse(cursor.end(0));
        assertFalse(cursor.head(1));
        assertFalse(cursor.scores(1));
        assertFalse(cursor.usage());
        cursor.tokens(1, 1);
        assertTrue(cursor.end(1));
        assertEquals(TAG + ":5.,1./u", cursor.position().toString());
    }
}
