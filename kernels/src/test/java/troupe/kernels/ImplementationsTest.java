package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ImplementationsTest {
    @Test
    void shouldReportWhatRunsHereAndWhatIsLacking() {
        for (KernelCandidate candidate : Implementations.candidates()) {
            String state = candidate
                    .missing()
                    .map(reason -> "does not run here: " + reason)
                    .orElse("is tested");
            System.out.println("kernels " + candidate.name() + ": " + state);
            assertEquals(candidate.kernels().isEmpty(), candidate.missing().isPresent());
        }
        List<String> names =
                Implementations.candidates().stream().map(KernelCandidate::name).toList();
        assertEquals(List.of("avx512-amx", "avx512-vnni", "avx2", "vector", "scalar"), names);
    }

    @Test
    void shouldAlwaysRunTheVectorApiAndTheOracle() {
        assertEquals("vector", KernelProvider.choose("vector").kernels().name());
        assertEquals("scalar", KernelProvider.choose("scalar").kernels().name());
    }

    @Test
    void shouldChooseTheFirstThatRunsAndSayWhyAFasterOneDoesNot() {
        KernelChoice choice = KernelProvider.choose(KernelProvider.AUTO);
        KernelCandidate first = Implementations.candidates().getFirst();
        assertEquals(first.kernels().isPresent(), choice.name().equals(first.name()));
        assertEquals(first.missing().isPresent(), choice.remedy().isPresent());
    }

    @Test
    void shouldNotBlameTheLibraryWhereTheBuildMadeOne() {
        boolean built = ImplementationsTest.class.getResource("/native/linux-x86_64/libtroupe_kernels.so") != null;
        for (KernelCandidate candidate : Implementations.candidates()) {
            boolean blamed = candidate
                    .missing()
                    .filter(reason -> reason.contains("library"))
                    .isPresent();
            assertFalse(built && blamed, candidate.toString());
        }
    }

    @Test
    void shouldRejectAnUnknownPreferenceAndNameTheKnownOnes() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> KernelProvider.choose("altivec"));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains("altivec") && message.contains("avx512-vnni"), message);
    }
}
