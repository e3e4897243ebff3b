package troupe.bench.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.bench.ProcessorKind;
import troupe.kernels.KernelProvider;
import troupe.kernels.Kernels;

class KernelReportTest {
    private static final Limits LIMITS = new Limits(1e9, 1e10, 1e10, 1e10, Map.of("read L2", "10 GB/s"));

    @Test
    void shouldRunEveryKernelAndShowItAgainstItsLimit(@TempDir Path folder) throws IOException, InterruptedException {
        Kernels kernels = KernelProvider.choose(KernelProvider.AUTO).kernels();
        KernelSurvey survey = new KernelSurvey(1, LIMITS, true);
        survey.add(kernels);
        new KernelReport(
                        LocalDate.EPOCH,
                        "a machine",
                        ProcessorKind.AMX,
                        1,
                        true,
                        new TreeMap<>(Map.of(1, LIMITS)),
                        Map.of("other", "it lacks something"),
                        survey)
                .write(folder);
        String text = Files.readString(folder.resolve("kernels-amx.md"));
        assertTrue(text.contains("| read L2 | 10 GB/s |"), text);
        assertTrue(text.contains("## " + kernels.name() + "\n"), text);
        assertTrue(text.contains("\n| matmul Q4_1 | gate, up 1536 x 576 | "), text);
        for (String kernel : new String[] {
            "attention, decode", "attention, prefill", "rmsNorm", "quantize", "rope", "storeKeysValues", "swiglu"
        }) {
            assertTrue(text.contains("\n| " + kernel + " | "), kernel + " is missing in " + text);
        }
        assertTrue(text.contains("- other: it lacks something"), text);
        assertTrue(Files.size(folder.resolve("kernels-amx.png")) > 0);
    }

    @Test
    void shouldShowTheRateOfTheBoundAndItsShare() {
        KernelCase streaming = new KernelCase("k", "o", 1, new Demand(1e6, 0, 0, 0), (kernels, arena) -> {
            throw new UnsupportedOperationException("never prepared");
        });
        KernelFigure figure = new KernelFigure("scalar", streaming, 800, LIMITS);
        assertEquals(0.8, figure.shareOfLimit(), 1e-12);
        assertEquals("1 GB/s, 80%", figure.shown());
    }
}
