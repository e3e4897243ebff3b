package troupe.engine.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.engine.testing.GgufWriter;
import troupe.engine.testing.Refusal;
import troupe.engine.testing.TinyLlama;

class GgufFileTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldReadMetadataAndTensorsOfBothVersions(int version) throws IOException {
        Path path = new GgufWriter()
                .version(version)
                .uint32("an.int", 7)
                .uint64("a.long", 1L << 40)
                .float32("a.float", 0.5f)
                .bool("a.bool", true)
                .string("a.string", "h\u00e9\ud83d\ude00\uFFFD")
                .strings("some.strings", List.of("x", "", "y"))
                .int32s("some.ints", -1, 2)
                .tensor("vector", new float[] {1, 2, 3}, 3)
                .tensor("matrix", new float[] {1, 2, 3, 4, 5, 6}, 3, 2)
                .write(folder.resolve("a.gguf"));

        try (GgufFile file = GgufFile.open(path)) {
            assertEquals(version, file.version());
            GgufMetadata metadata = file.metadata();
            assertEquals(7, metadata.requireInt("an.int", 0, 7));
            assertEquals(
                    new GgufValue.IntegerValue(1L << 40),
                    metadata.value("a.long").orElseThrow());
            assertEquals(0.5, metadata.requireNumber("a.float", 0, 1));
            assertTrue(metadata.booleanOr("a.bool", false));
            assertEquals("h\u00e9\ud83d\ude00\uFFFD", metadata.requireString("a.string"));
            assertEquals(
                    List.of("x", "", "y"),
                    metadata.requireStrings("some.strings").values());
            assertEquals(
                    -1, metadata.optionalIntegers("some.ints").orElseThrow().get(0));
            GgufTensor matrix = file.tensor("matrix").orElseThrow();
            assertEquals(List.of(3, 2), matrix.shape());
            assertEquals(3, matrix.columns());
            assertEquals(2, matrix.rows());
            assertEquals(1, file.tensor("vector").orElseThrow().rows());
            float[] row = new float[3];
            Dequantizer.row(matrix, 1, row);
            assertEquals(5f, row[1]);
            assertTrue(matrix.data().isReadOnly());
        }
    }

    @Test
    void shouldNameThePathInErrors() throws IOException {
        Path path = Files.write(folder.resolve("broken.gguf"), new byte[30]);
        Refusal.assertRefused(path + ": magic", () -> GgufFile.open(path));
    }

    @Test
    void shouldRefuseAnEmptyFileAndOtherFormats() {
        assertRefused(new byte[0], "has 0 bytes");
        assertRefused(new byte[64], "magic is 0x00000000");
        assertRefused(new GgufWriter().version(1).toBytes(), "version is 1");
        assertRefused(new GgufWriter().version(Integer.reverseBytes(3)).toBytes(), "big-endian");
    }

    @Test
    void shouldRefuseCountsBeyondTheFile() {
        GgufWriter writer = new GgufWriter().uint32("a", 1).tensor("t", new float[32], 32);
        assertRefused(writer.entryCount(60_000).toBytes(), "metadata_kv_count is 60000");
        assertRefused(writer.entryCount(1L << 62).toBytes(), "the limit is 65536");
        assertRefused(writer.entryCount(Long.MIN_VALUE + 5).toBytes(), "metadata_kv_count is 9223372036854775813");
        assertRefused(writer.entryCount(1).tensorCount(1L << 62).toBytes(), "tensor_count is 4611686018427387904");
        assertRefused(writer.tensorCount(1000).toBytes(), "tensor_count is 1000");
    }

    @Test
    void shouldRefuseStringsAndArraysLongerThanTheFile() {
        byte[] huge = GgufWriter.bytes(12).putLong(1L << 60).array();
        assertRefused(new GgufWriter().raw("s", GgufWriter.STRING, huge).toBytes(), "length of s");
        byte[] array = GgufWriter.bytes(12).putInt(4).putLong(1L << 20).array();
        assertRefused(new GgufWriter().raw("a", GgufWriter.ARRAY, array).toBytes(), "length of a is 1048576");
        byte[] tooLong = GgufWriter.bytes(12).putInt(4).putLong(1L << 40).array();
        assertRefused(new GgufWriter().raw("a", GgufWriter.ARRAY, tooLong).toBytes(), "the limit is 4194304");
    }

    @Test
    void shouldRefuseDeeplyNestedArrays() {
        var nested = GgufWriter.bytes(12 * 6);
        for (int i = 0; i < 5; i++) {
            nested.putInt(GgufWriter.ARRAY).putLong(1);
        }
        nested.putInt(4).putLong(0);
        assertRefused(
                new GgufWriter()
                        .raw("deep", GgufWriter.ARRAY, GgufWriter.array(nested))
                        .toBytes(),
                "the limit is 4");
    }

    @Test
    void shouldReadNestedArrays() {
        byte[] nested = GgufWriter.array(GgufWriter.bytes(28)
                .putInt(GgufWriter.ARRAY)
                .putLong(1)
                .putInt(4)
                .putLong(1)
                .putInt(42));
        GgufMetadata metadata = read(new GgufWriter()
                        .raw("n", GgufWriter.ARRAY, nested)
                        .toBytes())
                .metadata();
        GgufValue value = metadata.value("n").orElseThrow();
        assertEquals(
                42,
                ((GgufValue.IntegerArray)
                                ((GgufValue.NestedArray) value).values().getFirst())
                        .get(0));
    }

    @Test
    void shouldRefuseUnknownTypesAndBadValues() {
        assertRefused(new GgufWriter().raw("k", 13, new byte[8]).toBytes(), "type of k is 13");
        assertRefused(new GgufWriter().raw("k", GgufWriter.BOOL, new byte[] {2}).toBytes(), "must be 0 or 1");
        assertRefused(new GgufWriter().uint64("k", -1).toBytes(), "k is 18446744073709551615");
        byte[] invalidUtf8 = GgufWriter.array(
                GgufWriter.bytes(10).putLong(2).put((byte) 0xC3).put((byte) 'x'));
        assertRefused(new GgufWriter().raw("k", GgufWriter.STRING, invalidUtf8).toBytes(), "not valid UTF-8");
        assertRefused(new GgufWriter().uint32("", 1).toBytes(), "metadata key 0 is empty");
    }

    @Test
    void shouldRefuseDuplicates() {
        assertRefused(
                new GgufWriter().uint32("k", 1).duplicate("k", 4, new byte[4]).toBytes(), "k appears twice");
        assertRefused(
                new GgufWriter()
                        .tensor("t", new float[8], 8)
                        .tensor("t", new float[8], 8)
                        .toBytes(),
                "tensor t appears twice");
    }

    @Test
    void shouldRefuseTensorsThatDoNotFit() {
        assertRefused(new GgufWriter().tensor("t", new float[8], 16).toBytes(), "tensor t has 64 bytes");
        assertRefused(new GgufWriter().tensor("t", new float[8], 8, 1L << 31).toBytes(), "dimension 1 of tensor t");
        assertRefused(new GgufWriter().tensor("t", new float[8], 0).toBytes(), "dimension 0 of tensor t is 0");
        assertRefused(new GgufWriter().tensor("t", new float[8]).toBytes(), "0 dimensions");
        assertRefused(new GgufWriter().tensor("t", new float[8], 1, 1, 1, 1, 1).toBytes(), "5 dimensions");
        assertRefused(
                new GgufWriter()
                        .tensor("t", new float[8], 1 << 30, 1 << 30, 1 << 30)
                        .toBytes(),
                "rows or more");
        assertRefused(
                new GgufWriter()
                        .tensor("t", new float[8], Integer.MAX_VALUE, Integer.MAX_VALUE)
                        .toBytes(),
                "the whole file has");
        assertRefused(new GgufWriter().tensor("t", 2, new byte[18], 16).toBytes(), "not a multiple of 32");
        assertRefused(new GgufWriter().tensor("t", 12, new byte[144], 576).toBytes(), "not a multiple of 256");
        assertRefused(new GgufWriter().tensor("t", 14, new byte[210], 512).toBytes(), "the whole file has");
        assertRefused(new GgufWriter().tensor("n".repeat(65), new float[8], 8).toBytes(), "the limit is 64");
    }

    @Test
    void shouldNameUnsupportedTensorTypes() {
        assertRefused(
                new GgufWriter().tensor("t", 10, new byte[84], 256).toBytes(),
                "tensor t has type Q2_K; supported are"
                        + " F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K, BF16");
        assertRefused(new GgufWriter().tensor("t", 77, new byte[4], 1).toBytes(), "type number 77");
    }

    @Test
    void shouldRefuseOverlappingTensors() {
        byte[] bytes = new GgufWriter()
                .tensor("a", new float[16], 16)
                .tensor("b", new float[16], 16)
                .toBytes();
        // The second tensor's offset is the last field before the padding: 24 + 33 + 33 bytes from the start.
        bytes[24 + 33 + 33 - 8] = 32;
        assertRefused(bytes, "overlaps tensor a");
    }

    @Test
    void shouldHonourTheAlignmentAndRefuseBadOnes() {
        byte[] aligned = new GgufWriter()
                .uint32("general.alignment", 256)
                .alignment(256)
                .tensor("a", new float[] {1}, 1)
                .tensor("b", new float[] {2}, 1)
                .toBytes();
        float[] out = new float[1];
        Dequantizer.row(Objects.requireNonNull(read(aligned).tensors().get("b")), 0, out);
        assertEquals(2f, out[0]);
        assertRefused(new GgufWriter().uint32("general.alignment", 24).toBytes(), "must be a power of two");
        assertRefused(new GgufWriter().uint32("general.alignment", 0).toBytes(), "general.alignment is 0");
        assertRefused(
                new GgufWriter()
                        .uint32("general.alignment", 64)
                        .alignment(32)
                        .tensor("a", new float[] {1}, 1)
                        .tensor("b", new float[] {2}, 1)
                        .toBytes(),
                "not a multiple of 64");
    }

    @Test
    void shouldNameKeyValueAndLimitInTypedGetters() {
        GgufMetadata metadata = read(new GgufWriter()
                        .uint32("n", 5)
                        .string("s", "x")
                        .float32("f", Float.NaN)
                        .toBytes())
                .metadata();
        Refusal.assertRefused("the metadata have no gone", () -> metadata.requireInt("gone", 0, 1));
        Refusal.assertRefused("n is 5; the limits are 1 and 4", () -> metadata.requireInt("n", 1, 4));
        Refusal.assertRefused(
                "s is a string of 1 characters; it must be an integer", () -> metadata.requireInt("s", 0, 1));
        Refusal.assertRefused("f is NaN", () -> metadata.requireNumber("f", 0, 1));
        Refusal.assertRefused("n is the integer 5; it must be a string", () -> metadata.requireString("n"));
        Refusal.assertRefused("it must be a boolean", () -> metadata.booleanOr("n", true));
        Refusal.assertRefused("it must be an array of strings", () -> metadata.requireStrings("n"));
        assertEquals(9, metadata.intOr("gone", 9, 0, 1));
    }

    @Test
    void shouldOnlyEverThrowModelFormatExceptionWhenMutated() {
        byte[] valid = TinyLlama.writer(1).toBytes();
        int dataStart = valid.length - dataBytes(valid);
        Random random = new Random(20261123);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] mutant = mutate(valid, dataStart, random);
            try {
                for (GgufTensor tensor : read(mutant).tensors().values()) {
                    float[] row = new float[tensor.columns()];
                    Dequantizer.row(tensor, tensor.rows() - 1, row);
                }
            } catch (ModelFormatException e) {
                refused++;
            }
        }
        assertTrue(refused > 5_000, "only " + refused + " mutants were refused");
    }

    private static byte[] mutate(byte[] valid, int dataStart, Random random) {
        byte[] mutant = valid.clone();
        int header = random.nextInt(4) == 0 ? 24 : dataStart;
        switch (random.nextInt(4)) {
            case 0 -> mutant = Arrays.copyOf(mutant, random.nextInt(mutant.length));
            case 1 -> mutant[random.nextInt(header)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                long[] extremes = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 1L << 31, 1L << 62, 0, 65_536};
                GgufWriter.bytes(8)
                        .putLong(extremes[random.nextInt(extremes.length)])
                        .rewind()
                        .get(mutant, random.nextInt(header - 8), 8);
            }
            default -> {
                for (int i = 0; i < 16; i++) {
                    mutant[random.nextInt(header)] = (byte) random.nextInt(256);
                }
            }
        }
        return mutant;
    }

    private static int dataBytes(byte[] valid) {
        return read(valid).tensors().values().stream()
                .mapToInt(tensor -> (int) tensor.data().byteSize())
                .sum();
    }

    private static GgufReader.Contents read(byte[] bytes) {
        return GgufReader.read(MemorySegment.ofArray(bytes));
    }

    private static void assertRefused(byte[] bytes, String expected) {
        Refusal.assertRefused(expected, () -> read(bytes));
    }

    @Test
    void shouldKeepTheFilesOrderOfTensors() {
        Map<String, GgufTensor> tensors = read(TinyLlama.writer(1).toBytes()).tensors();
        assertEquals("token_embd.weight", tensors.keySet().iterator().next());
    }
}
