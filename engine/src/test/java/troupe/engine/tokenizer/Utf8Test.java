package troupe.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8Test {
    /** What Python's decoder, which follows the same standards, gives; a question mark stands for U+FFFD. */
    @ParameterizedTest
    @CsvSource({
        "61, a",
        "C3A9, \u00e9",
        "F09F9880, \ud83d\ude00",
        "EFBFBD, ?",
        "F09F98, ?",
        "F09F9861, ?a",
        "E28261, ?a",
        "F080, ??",
        "F08F80, ???",
        "F4908080, ????",
        "F48F80, ?",
        "EDA080, ???",
        "EDA0, ??",
        "EDBFBF61, ???a",
        "ED9FBF, \ud7ff",
        "E2EDA0, ???",
        "ED, ?",
        "E08080, ???",
        "C0AF, ??",
        "F880808080, ?????",
        "E180E2F09192F1BF41, ????A",
        "F180F18080C3, ???",
    })
    void shouldReplaceEachMaximalInvalidPart(String hex, String expected) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertEquals(expected.replace('?', '\uFFFD'), Utf8.decode(bytes, bytes.length));
    }

    @ParameterizedTest
    @CsvSource({
        "61, 0",
        "61C3, 1",
        "E282, 2",
        "F09F98, 3",
        "F09F9880, 0",
        "EDA0, 0",
        "E080, 0",
        "F490, 0",
        "F48F, 2",
        "80, 0",
        "FF, 0",
        "C3E2, 1"
    })
    void shouldMeasureWhatMayYetBecomeACharacter(String hex, int expected) {
        assertEquals(expected, Utf8.incompleteSuffix(HexFormat.of().parseHex(hex)));
    }
}
