package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExpTest {
    @Test
    void shouldStayBelowOneUnitInTheLastPlaceOfError() {
        double worst = 0;
        for (int i = 0; i <= 2_000_000; i++) {
            float x = Exp.MINIMUM + (Exp.MAXIMUM - Exp.MINIMUM) * (i / 2_000_000f);
            double exact = StrictMath.exp(x);
            worst = Math.max(worst, Math.abs(Exp.exp(x) - exact) / Math.ulp((float) exact));
        }
        System.out.println("exp: largest error seen " + worst + " ulp");
        assertTrue(worst < 1, "error of " + worst + " ulp");
    }

    @Test
    void shouldBeExactAtZeroAndDefinedBeyondItsRange() {
        assertEquals(1f, Exp.exp(0f));
        assertEquals(1f, Exp.exp(-0f));
        assertEquals(0f, Exp.exp(Math.nextDown(Exp.MINIMUM)));
        assertTrue(Exp.exp(Exp.MINIMUM) >= Float.MIN_NORMAL);
        assertTrue(Float.isFinite(Exp.exp(Exp.MAXIMUM)));
        assertEquals(Float.POSITIVE_INFINITY, Exp.exp(Math.nextUp(Exp.MAXIMUM)));
        assertEquals(0f, Exp.exp(Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, Exp.exp(Float.POSITIVE_INFINITY));
        assertTrue(Float.isNaN(Exp.exp(Float.NaN)));
    }
}
