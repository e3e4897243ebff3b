package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final long MIB = 1 << 20;

    private final MemoryBudget budget = MemoryBudget.of(10 * MIB, 0);

    @Test
    void shouldRefuseWhatWouldGoBeyondAndSayHowMuchThatIs() {
        MemoryBudget.Lease lease = budget.reserve(6 * MIB);
        ApiException refusal = assertThrows(ApiException.class, () -> budget.reserve(5 * MIB));
        assertEquals(503, refusal.status());
        assertEquals("out_of_memory", refusal.code());
        assertEquals(OptionalInt.of(1), refusal.retrySeconds());
        assertEquals(
                "the open requests hold about 6.0 of the 10.0 MiB of memory that they may, and this one needs about"
                        + " 5.0 MiB",
                refusal.text());
        assertEquals(6 * MIB, budget.heldBytes());
        lease.close();
        budget.reserve(5 * MIB);
        assertEquals(5 * MIB, budget.heldBytes());
    }

    @Test
    void shouldRefuseForGoodWhatCanNeverFit() {
        ApiException refusal = assertThrows(ApiException.class, () -> budget.reserve(11 * MIB));
        assertEquals(413, refusal.status());
        assertTrue(refusal.retrySeconds().isEmpty());
    }

    @Test
    void shouldHoldWhatItHeldWhenItMayNotGrow() {
        MemoryBudget.Lease lease = budget.reserve(2 * MIB);
        MemoryBudget.Lease other = budget.reserve(7 * MIB);
        assertThrows(ApiException.class, () -> lease.resize(4 * MIB));
        assertEquals(9 * MIB, budget.heldBytes());
        lease.resize(MIB);
        assertEquals(8 * MIB, budget.heldBytes());
        lease.close();
        lease.close();
        lease.resize(5 * MIB);
        other.close();
        assertEquals(0, budget.heldBytes());
    }

    @Test
    void shouldTakeHalfOfTheHeapWhereNothingIsSet() {
        MemoryBudget half = MemoryBudget.of(0, 10 * MIB);
        half.reserve(5 * MIB);
        assertThrows(ApiException.class, () -> half.reserve(1));
    }
}
