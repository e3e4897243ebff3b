package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.bench.load.LoadReport;

class RowsTest {
    private static final List<Row> ALL = Rows.all(false);

    @Test
    void shouldGiveEveryRowAnIdOfItsOwn() {
        List<String> ids = ALL.stream().map(Row::id).toList();
        assertEquals(ids.size(), new HashSet<>(ids).size());
    }

    @Test
    void shouldSelectRowsByTheBeginningsOfTheirIds() {
        List<String> ids = Rows.matching(ALL, List.of("server", "decode-1")).stream()
                .map(Row::id)
                .toList();
        assertEquals(List.of("decode-1", "server-8", "server-1"), ids);
        assertEquals(ALL, Rows.matching(ALL, List.of()));
    }

    @Test
    void shouldRefuseABeginningOfNoIdAndNameThem() {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> Rows.matching(ALL, List.of("prefil-512")));
        assertTrue(String.valueOf(refusal.getMessage()).contains("prefill-512"), refusal.getMessage());
    }

    @Test
    void shouldTakeEachFigureOfALoadFromItsPlace() {
        LoadReport report = new LoadReport(1, 2, 3, 4);
        assertEquals(1, Rows.of(Rows.SERVER_TOTAL, report));
        assertEquals(2, Rows.of(Rows.SERVER_FIRST, report));
        assertEquals(3, Rows.of(Rows.SERVER_GAP, report));
        assertEquals(4, Rows.of(Rows.SERVER_GAP_P99, report));
        assertEquals(2, Rows.of(Rows.ALONE_FIRST, report));
    }
}
