package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
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

    @Test
    void shouldGiveTheSameBitsForManyNumbersAtOnce() {
        SplittableRandom random = new SplittableRandom(5);
        ExpVector exponential = new ExpVector();
        float[] values = new float[ExpVector.CHUNK];
        float[] special = {
            0f,
            -0f,
            -Float.MIN_VALUE,
            Exp.MINIMUM,
            Math.nextDown(Exp.MINIMUM),
            Math.nextUp(Exp.MINIMUM),
            -88f,
            -1e30f,
            -Float.MAX_VALUE,
            Float.NEGATIVE_INFINITY
        };
        for (int round = 0; round < 500; round++) {
            for (int i = 0; i < values.length; i++) {
                values[i] = i < special.length ? special[i] : (float) -random.nextDouble(round % 2 == 0 ? 1 : 95);
            }
            float[] arguments = values.clone();
            int count = random.nextInt(special.length, ExpVector.CHUNK + 1);
            exponential.expOfNonPositive(values, count);
            for (int i = 0; i < values.length; i++) {
                float expected = i < count ? Exp.exp(arguments[i]) : arguments[i];
                assertEquals(
                        Float.floatToRawIntBits(expected), Float.floatToRawIntBits(values[i]), "exp " + arguments[i]);
            }
        }
    }
}
