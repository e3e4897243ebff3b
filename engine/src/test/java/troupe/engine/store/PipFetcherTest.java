package troupe.engine.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Runs shell scripts in Python's place; {@code ${11}} is the destination folder of {@code pip download}. */
class PipFetcherTest {
    private static final CatalogueEntry ENTRY =
            new CatalogueEntry("tiny", "for tests", "Apache-2.0", "tiny==1.0", 1000, "tiny/tiny.gguf", 10, "00");

    @TempDir
    Path folder;

    private Path work = Path.of("");

    @BeforeEach
    void createWorkFolder() throws IOException {
        work = Files.createDirectory(folder.resolve("work"));
    }

    @Test
    void shouldReturnTheWheelThatPipLeaves() throws Exception {
        PipFetcher fetcher = new PipFetcher(script("echo \"$@\" > ${11}/../arguments; echo x > ${11}/tiny.whl"));
        Path wheel = fetcher.fetch(ENTRY, work, ProgressListener.NONE);
        assertEquals("tiny.whl", String.valueOf(wheel.getFileName()));
        String arguments = Files.readString(work.resolve("arguments"));
        assertTrue(arguments.startsWith("-m pip download "), arguments);
        assertTrue(arguments.contains("--no-deps --only-binary=:all: --dest"), arguments);
        assertTrue(arguments.endsWith(" tiny==1.0\n"), arguments);
    }

    @Test
    void shouldReportTheBytesThatArrive() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        Path go = folder.resolve("go");
        PipFetcher fetcher = new PipFetcher(script("head -c 400 /dev/zero > $TMPDIR/part\n" + "while [ ! -e " + go
                + " ]; do sleep 0.01; done\necho x > ${11}/tiny.whl"));
        fetcher.fetch(ENTRY, work, (phase, bytes, total) -> {
            if (phase == ProgressListener.Phase.DOWNLOADING && bytes == 400 && total == 1000) {
                seen.countDown();
                create(go);
            }
        });
        assertEquals(0, seen.getCount());
    }

    @Test
    void shouldSayWhatIsMissingAndHowToGetIt() throws IOException {
        assertFails(
                "Install Python 3 with pip",
                () -> new PipFetcher(folder + "/no-python").fetch(ENTRY, work, ProgressListener.NONE));
        String noPip = script("echo 'python3: No module named pip' >&2; exit 1");
        assertFails(
                "has no pip",
                () -> new PipFetcher(noPip)
                        .fetch(ENTRY, Files.createDirectory(folder.resolve("other")), ProgressListener.NONE));
    }

    @Test
    void shouldPassPipsOwnErrorOn() throws IOException {
        String failing = script("echo 'ERROR: No matching distribution found'; exit 3");
        assertFails(
                "(exit status 3):\nERROR: No matching distribution found",
                () -> new PipFetcher(failing).fetch(ENTRY, work, ProgressListener.NONE));
    }

    @Test
    void shouldRefuseAnythingButOneWheel() throws IOException {
        String nothing = script("exit 0");
        assertFails("pip left 0 wheels", () -> new PipFetcher(nothing).fetch(ENTRY, work, ProgressListener.NONE));
    }

    @Test
    void shouldStopPipWhenInterrupted() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        PipFetcher fetcher = new PipFetcher(script("cd ${11}/..; echo $$ > part; mv part pid; exec sleep 600"));
        FutureTask<Path> fetch = new FutureTask<>(() -> fetcher.fetch(ENTRY, work, (phase, bytes, total) -> {
            if (Files.exists(work.resolve("pid"))) {
                started.countDown();
            }
        }));
        Thread thread = new Thread(fetch);
        thread.start();
        started.await();
        long pid = Long.parseLong(Files.readString(work.resolve("pid")).strip());
        thread.interrupt();
        Exception failure = assertThrows(ExecutionException.class, fetch::get);
        assertInstanceOf(InterruptedException.class, failure.getCause());
        assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false), "pip still runs");
    }

    private String script(String body) throws IOException {
        Path script = Files.writeString(folder.resolve("python"), "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private static void create(Path file) {
        try {
            if (!Files.exists(file)) {
                Files.createFile(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertFails(String expected, Executable action) {
        String message =
                String.valueOf(assertThrows(ModelStoreException.class, action).getMessage());
        assertTrue(message.contains(expected), message);
    }
}
