package troupe.bench.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ChaosReportTest {
    @Test
    void shouldReplaceTheTableAndNothingElse() throws Exception {
        String text = "before\n<!-- chaos: begin -->\nold\n<!-- chaos: end -->\nafter\n";
        assertEquals(
                "before\n<!-- chaos: begin -->\nnew\n<!-- chaos: end -->\nafter\n",
                ChaosReport.replaced(text, "new\n"));
    }

    @Test
    void shouldRefuseATextWithoutMarks() {
        assertThrows(IOException.class, () -> ChaosReport.replaced("something else", "new\n"));
    }
}
