package troupe.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IkLlamaCppTest {
    private static final String TABLE = """
            loading
            |    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
            |-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
            |   128 |     64 |   16 |   3072 |    4.096 |   500.00 |    4.000 |   256.00 |    8.096 |   379.45 |

            done
            """;

    @Test
    void shouldReadTheDecodingRateOfTheTableOfLlamaBatchedBench() throws IOException {
        assertEquals(256, IkLlamaCpp.batchedRate(TABLE));
        assertThrows(IOException.class, () -> IkLlamaCpp.batchedRate("loading"));
        assertThrows(IOException.class, () -> IkLlamaCpp.batchedRate(TABLE.replace("256.00", "  0.00")));
        assertThrows(IOException.class, () -> IkLlamaCpp.batchedRate(TABLE.replace("256.00", "   nan")));
    }

    @Test
    void shouldAskForDecodingAtADepth(@TempDir Path folder) throws IOException, InterruptedException {
        LlamaCppTest.program(
                folder, "llama-bench", "echo \"$@\" >" + folder.resolve("seen") + "; echo '[{\"avg_ts\": 7}]'");
        IkLlamaCpp peer = new IkLlamaCpp(folder, 3, folder);
        assertEquals(7, peer.decode(Path.of("m.gguf"), 4096, 64));
        assertEquals(
                "-m m.gguf -t 3 -fa 1 -rtr 1 -r 1 -o json -p 0 -n 0 -gp 4096,64",
                Files.readString(folder.resolve("seen")).strip());
        assertEquals(7, peer.decode(Path.of("m.gguf"), 0, 64));
        assertEquals(
                "-m m.gguf -t 3 -fa 1 -rtr 1 -r 1 -o json -p 0 -n 64",
                Files.readString(folder.resolve("seen")).strip());
    }
}
