package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.kernels.WorkerPool;

class PackedModelFolderTest {
    private static final String CHECKSUM = "0123456789abcdef".repeat(4);
    private static final String OTHER_CHECKSUM = "fedcba9876543210".repeat(4);
    private static final long BYTES = 2L * PackedFormat.CHUNK + 4032;
    private static final PackedFormat FORMAT = new PackedFormat(BYTES, CHECKSUM);
    private static final Instant NOW = Instant.parse("2026-11-24T00:00:00Z");

    @TempDir
    private Path folder;

    private final WorkerPool pool = new WorkerPool(2);
    private int fills;

    @AfterEach
    void closePool() {
        pool.close();
    }

    private PackedModelFolder packed(Path path) {
        return packed(path, PackedFormat::write);
    }

    private static PackedModelFolder packed(Path path, PackedModelFolder.Writer writer) {
        return new PackedModelFolder(path, InstantSource.fixed(NOW), new PackedFileRetention(BYTES / 2), writer);
    }

    private PackedWeights open(PackedModelFolder packed, PackedFormat format, Arena arena) {
        return packed.open(format, arena, pool, target -> {
            fills++;
            pattern(target);
        });
    }

    private static void pattern(MemorySegment target) {
        for (long i = 0; i < target.byteSize(); i++) {
            target.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + (i >> 12)));
        }
    }

    /** Opens, compares every byte and closes; whether the weights came from a shared file. */
    private boolean openAndCompare(PackedModelFolder packed) {
        try (Arena arena = Arena.ofShared()) {
            PackedWeights weights = open(packed, FORMAT, arena);
            MemorySegment expected = arena.allocate(BYTES);
            pattern(expected);
            assertEquals(-1, expected.mismatch(weights.data()));
            return weights.shared();
        }
    }

    private Path file() {
        return folder.resolve(PackedFileName.of(CHECKSUM).toString());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.map(path -> path.getFileName().toString())
                    .filter(name -> !name.endsWith(".lock"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void shouldPackOnceAndMapTheFileAtEveryLaterStart() throws IOException {
        assertTrue(openAndCompare(packed(folder)));
        assertTrue(openAndCompare(packed(folder)));
        assertEquals(1, fills);
        assertEquals(List.of(PackedFileName.of(CHECKSUM).toString()), names());
        assertEquals(FORMAT.fileBytes(), Files.size(file()));
    }

    @Test
    void shouldPackPerModel() throws IOException {
        openAndCompare(packed(folder));
        try (Arena arena = Arena.ofShared()) {
            open(packed(folder), new PackedFormat(BYTES, OTHER_CHECKSUM), arena);
        }
        assertEquals(2, fills);
        assertEquals(2, names().size());
    }

    @Test
    void shouldPackAnewWhenAByteOfTheContentHasChanged() throws IOException {
        for (long position : new long[] {0, PackedFormat.CHUNK, BYTES - 1}) {
            openAndCompare(packed(folder));
            fills = 0;
            overwrite(position);
            assertTrue(openAndCompare(packed(folder)), "byte " + position);
            assertEquals(1, fills, "byte " + position);
        }
    }

    @Test
    void shouldPackAnewWhenTheFooterHasChanged() throws IOException {
        openAndCompare(packed(folder));
        byte[] good = Files.readAllBytes(file());
        for (long position = BYTES; position < FORMAT.fileBytes(); position += 9) {
            overwrite(position);
            fills = 0;
            openAndCompare(packed(folder));
            assertEquals(1, fills, "byte " + position);
        }
        assertEquals(ByteBuffer.wrap(good), ByteBuffer.wrap(Files.readAllBytes(file())));
    }

    private void overwrite(long position) throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) ~one.get(0)).flip();
            channel.write(one, position);
        }
    }

    @Test
    void shouldPackAnewWhenTheFileIsCutShortOrLongerOrForeign() throws IOException {
        openAndCompare(packed(folder));
        byte[] good = Files.readAllBytes(file());
        byte[] longer = java.util.Arrays.copyOf(good, good.length + 1);
        byte[] shorter = java.util.Arrays.copyOf(good, good.length - 1);
        for (byte[] bad : List.of(new byte[0], longer, shorter, new byte[good.length])) {
            Files.write(file(), bad);
            fills = 0;
            assertTrue(openAndCompare(packed(folder)), bad.length + " bytes");
            assertEquals(1, fills, bad.length + " bytes");
        }
    }

    @Test
    void shouldNotTakeTheFileOfAnotherModelUnderThisName() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            open(packed(folder), new PackedFormat(BYTES, OTHER_CHECKSUM), arena);
        }
        Files.move(folder.resolve(PackedFileName.of(OTHER_CHECKSUM).toString()), file());
        openAndCompare(packed(folder));
        assertEquals(2, fills);
    }

    @Test
    void shouldRunWithoutAFileWhenTheDiskIsFull() throws IOException {
        PackedModelFolder full = packed(folder, (format, channel, memory) -> {
            channel.write(memory.asSlice(0, 1 << 20).asByteBuffer());
            throw new IOException("No space left on device");
        });
        assertFalse(openAndCompare(full));
        assertEquals(1, fills);
        assertEquals(List.of(), names());
    }

    @Test
    void shouldRunWithoutAFileWhenTheFolderCannotBeMade() throws IOException {
        Path occupied = Files.createFile(folder.resolve("occupied"));
        assertFalse(openAndCompare(packed(occupied.resolve("packed"))));
        assertEquals(1, fills);
    }

    @Test
    void shouldFailWithoutAFileWhenPackingFails() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            assertThrows(
                    IllegalStateException.class,
                    () -> packed(folder).open(FORMAT, arena, pool, target -> {
                        throw new IllegalStateException("a bad tensor");
                    }));
        }
        assertEquals(List.of(), names());
    }

    @Test
    void shouldKeepTheWeightsReadableWhenTheFileIsReplacedOrRemoved() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            PackedWeights weights = open(packed(folder), FORMAT, arena);
            Files.delete(file());
            openAndCompare(packed(folder));
            MemorySegment expected = arena.allocate(BYTES);
            pattern(expected);
            assertEquals(-1, expected.mismatch(weights.data()));
        }
    }

    @Test
    void shouldRemoveOutdatedAndLongUnusedFilesWhenItMakesOne() throws IOException {
        Files.createFile(folder.resolve(CHECKSUM + "-v1.packed"));
        Files.write(folder.resolve(PackedFileName.of(OTHER_CHECKSUM).toString()), new byte[(int) BYTES]);
        Files.setLastModifiedTime(
                folder.resolve(PackedFileName.of(OTHER_CHECKSUM).toString()),
                FileTime.from(NOW.minus(Duration.ofDays(31))));
        Files.createFile(folder.resolve("notes.txt"));
        openAndCompare(packed(folder));
        assertEquals(List.of(PackedFileName.of(CHECKSUM).toString(), "notes.txt"), names());
    }

    @Test
    void shouldNoteTheTimeOfUse() throws IOException {
        openAndCompare(packed(folder));
        Files.setLastModifiedTime(file(), FileTime.from(NOW.minus(Duration.ofDays(400))));
        openAndCompare(packed(folder));
        assertEquals(FileTime.from(NOW), Files.getLastModifiedTime(file()));
    }

    @Test
    void shouldKeepAFileThatThisProcessUsesUntilItsLastUseEnds() throws IOException {
        try (Arena outer = Arena.ofShared()) {
            open(packed(folder), FORMAT, outer);
            openAndCompare(packed(folder));
            assertFalse(FileUse.removeUnused(file()));
        }
        assertTrue(FileUse.removeUnused(file()));
    }

    @Test
    void shouldKeepAFileThatAnotherProcessUses() throws Exception {
        try (PackingProcess other = PackingProcess.start(folder, PackingProcess.Way.HOLD)) {
            assertEquals("packed", other.nextLine());
            assertFalse(FileUse.removeUnused(file()));
            assertTrue(openAndCompare(packed(folder)));
            assertEquals(0, fills);
        }
        assertTrue(FileUse.removeUnused(file()));
    }

    @Test
    void shouldLetOneOfSeveralProcessesPackForAll() throws Exception {
        try (PackingProcess one = PackingProcess.start(folder, PackingProcess.Way.HOLD);
                PackingProcess two = PackingProcess.start(folder, PackingProcess.Way.HOLD)) {
            assertEquals(
                    List.of("mapped", "packed"),
                    Stream.of(one.nextLine(), two.nextLine()).sorted().toList());
        }
        assertEquals(List.of(PackedFileName.of(CHECKSUM).toString()), names());
    }

    @Test
    void shouldPackAnewAfterAProcessWasKilledWhilePacking() throws Exception {
        try (PackingProcess killed = PackingProcess.start(folder, PackingProcess.Way.STALL)) {
            assertEquals("half written", killed.nextLine());
            assertEquals(1, names().size());
        }
        assertTrue(names().getFirst().endsWith(".tmp"), names().toString());
        assertTrue(openAndCompare(packed(folder)));
        assertEquals(1, fills);
        assertEquals(List.of(PackedFileName.of(CHECKSUM).toString()), names());
    }

    @Test
    void shouldRejectSizesAndChecksumsThatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> new PackedFormat(0, CHECKSUM));
        assertThrows(IllegalArgumentException.class, () -> new PackedFormat(Long.MAX_VALUE, CHECKSUM));
        assertThrows(IllegalArgumentException.class, () -> new PackedFormat(1, "../" + CHECKSUM.substring(3)));
    }
}
