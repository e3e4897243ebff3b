package troupe.engine.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import troupe.engine.testing.GgufWriter;

class DequantizerTest {
    private static final short HALF = 0x3800;
    private static final short MINUS_TWO = (short) 0xC000;

    @Test
    void shouldReadPlainTypes() {
        ByteBuffer f32 = GgufWriter.bytes(8).putFloat(1.5f).putFloat(-0.0f);
        assertRow(TensorType.F32, f32, 1.5f, -0.0f);
        ByteBuffer f16 = GgufWriter.bytes(8)
                .putShort(HALF)
                .putShort(MINUS_TWO)
                .putShort((short) 0x0001)
                .putShort((short) 0x7C00);
        assertRow(TensorType.F16, f16, 0.5f, -2f, 0x1p-24f, Float.POSITIVE_INFINITY);
        ByteBuffer bf16 = GgufWriter.bytes(6)
                .putShort((short) 0x3F80)
                .putShort((short) 0xC049)
                .putShort((short) 0x8000);
        assertRow(TensorType.BF16, bf16, 1f, -3.140625f, -0.0f);
    }

    @Test
    void shouldReadQ40WithLowNibblesFirst() {
        ByteBuffer block = GgufWriter.bytes(18).putShort(HALF);
        for (int j = 0; j < 16; j++) {
            block.put((byte) (j | ((15 - j) << 4)));
        }
        float[] expected = new float[32];
        for (int j = 0; j < 16; j++) {
            expected[j] = (j - 8) * 0.5f;
            expected[j + 16] = (7 - j) * 0.5f;
        }
        assertRow(TensorType.Q4_0, block, expected);
    }

    @Test
    void shouldReadQ41WithScaleAndMinimum() {
        ByteBuffer block = GgufWriter.bytes(20).putShort(HALF).putShort(MINUS_TWO);
        for (int j = 0; j < 16; j++) {
            block.put((byte) (j | ((15 - j) << 4)));
        }
        float[] expected = new float[32];
        for (int j = 0; j < 16; j++) {
            expected[j] = j * 0.5f - 2;
            expected[j + 16] = (15 - j) * 0.5f - 2;
        }
        assertRow(TensorType.Q4_1, block, expected);
    }

    @Test
    void shouldReadQ80WithSignedQuants() {
        ByteBuffer block = GgufWriter.bytes(34).putShort(MINUS_TWO);
        float[] expected = new float[32];
        for (int j = 0; j < 32; j++) {
            int quant = j == 0 ? -128 : j == 1 ? 127 : j;
            block.put((byte) quant);
            expected[j] = quant * -2f;
        }
        assertRow(TensorType.Q8_0, block, expected);
    }

    @Test
    void shouldGiveTheBitsOfAnotherProgramsDequantization() throws IOException {
        Map<TensorType, Integer> compared = new EnumMap<>(TensorType.class);
        for (String line : goldenBlocks()) {
            String[] words = line.split(" ", -1);
            TensorType type = TensorType.valueOf(words[0]);
            byte[] block = HexFormat.of().parseHex(words[1]);
            assertEquals(type.blockBytes(), block.length);
            assertEquals(type.blockSize(), words.length - 2);
            // Twice in a row, so that a wrong stride shows.
            ByteBuffer row = GgufWriter.bytes(2 * block.length).put(block).put(block);
            float[] both = new float[2 * type.blockSize()];
            Dequantizer.row(
                    new GgufTensor("t", type, List.of(both.length), MemorySegment.ofBuffer(row.rewind())), 0, both);
            for (int i = 0; i < both.length; i++) {
                int expected = Integer.parseUnsignedInt(words[2 + i % type.blockSize()], 16);
                assertEquals(expected, Float.floatToRawIntBits(both[i]), type + " element " + i);
            }
            compared.merge(type, 1, Integer::sum);
        }
        assertEquals(
                Map.of(
                        TensorType.Q5_0, 6,
                        TensorType.Q5_1, 6,
                        TensorType.Q4_K, 2,
                        TensorType.Q5_K, 2,
                        TensorType.Q6_K, 2),
                compared);
    }

    private static List<String> goldenBlocks() throws IOException {
        try (InputStream in = DequantizerTest.class.getResourceAsStream("/golden/dequantized-blocks.txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
            return text.lines().filter(line -> !line.startsWith("#")).toList();
        }
    }

    @Test
    void shouldReadTheRowAskedForAndCheckItsBounds() {
        ByteBuffer data =
                GgufWriter.bytes(2 * 34).putShort(HALF).put(new byte[32]).putShort(HALF);
        data.put((byte) 6);
        GgufTensor tensor = new GgufTensor("t", TensorType.Q8_0, List.of(32, 2), MemorySegment.ofBuffer(data.rewind()));
        float[] out = new float[33];
        Dequantizer.row(tensor, 1, out);
        assertEquals(3f, out[0]);
        assertThrows(IndexOutOfBoundsException.class, () -> Dequantizer.row(tensor, 2, out));
        assertThrows(IndexOutOfBoundsException.class, () -> Dequantizer.row(tensor, -1, out));
        assertThrows(IllegalArgumentException.class, () -> Dequantizer.row(tensor, 0, new float[31]));
    }

    private static void assertRow(TensorType type, ByteBuffer data, float... expected) {
        GgufTensor tensor = new GgufTensor("t", type, List.of(expected.length), MemorySegment.ofBuffer(data.rewind()));
        float[] actual = new float[expected.length];
        Dequantizer.row(tensor, 0, actual);
        assertArrayEquals(expected, actual);
    }
}
