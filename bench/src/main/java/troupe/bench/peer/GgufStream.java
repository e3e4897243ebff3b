package troupe.bench.peer;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a GGUF file, version 3, of any size: first everything is declared, then the data of each tensor are streamed in
 * the order of declaration. Format: ggml's docs/gguf.md.
 */
final class GgufStream {
    /** Fills {@code buffer}, little-endian, with the next {@code buffer.remaining()} bytes of a tensor. */
    interface Content {
        void fill(ByteBuffer buffer);
    }

    private record Tensor(String name, int type, long bytes, List<Long> shape, Content content) {}

    static final int F32 = 0;
    static final int F16 = 1;

    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int ALIGNMENT = 32;
    private static final int PART_BYTES = 4 << 20;

    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    private final List<Tensor> tensors = new ArrayList<>();
    private int entryCount;

    GgufStream uint32(String key, int value) {
        entry(key, UINT32);
        int32(entries, value);
        return this;
    }

    GgufStream float32(String key, float value) {
        entry(key, FLOAT32);
        int32(entries, Float.floatToIntBits(value));
        return this;
    }

    GgufStream string(String key, String value) {
        entry(key, STRING);
        text(entries, value);
        return this;
    }

    GgufStream strings(String key, List<String> values) {
        array(key, STRING, values.size());
        values.forEach(value -> text(entries, value));
        return this;
    }

    GgufStream int32s(String key, int[] values) {
        array(key, INT32, values.length);
        for (int value : values) {
            int32(entries, value);
        }
        return this;
    }

    /**
     * Declares a tensor.
     *
     * @param type {@link #F32} or {@link #F16}
     * @param shape the length of a row first
     */
    GgufStream tensor(String name, int type, Content content, long... shape) {
        long bytes = type == F32 ? 4 : 2;
        for (long size : shape) {
            bytes *= size;
        }
        tensors.add(new Tensor(name, type, bytes, Arrays.stream(shape).boxed().toList(), content));
        return this;
    }

    /** Writes the file, over what is there. */
    void write(Path file) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        int32(head, 3);
        int64(head, tensors.size());
        int64(head, entryCount);
        head.writeBytes(entries.toByteArray());
        long offset = 0;
        for (Tensor tensor : tensors) {
            text(head, tensor.name);
            int32(head, tensor.shape.size());
            for (long size : tensor.shape) {
                int64(head, size);
            }
            int32(head, tensor.type);
            int64(head, offset);
            offset += aligned(tensor.bytes);
        }
        head.writeBytes(new byte[(int) (aligned(head.size()) - head.size())]);
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            write(out, ByteBuffer.wrap(head.toByteArray()));
            ByteBuffer part = ByteBuffer.allocateDirect(PART_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (Tensor tensor : tensors) {
                write(out, tensor, part);
            }
        }
    }

    private static void write(FileChannel out, Tensor tensor, ByteBuffer part) throws IOException {
        for (long done = 0; done < tensor.bytes; ) {
            part.clear().limit((int) Math.min(PART_BYTES, tensor.bytes - done));
            done += part.limit();
            tensor.content.fill(part);
            write(out, part.flip());
        }
        write(out, ByteBuffer.allocate((int) (aligned(tensor.bytes) - tensor.bytes)));
    }

    private static void write(FileChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    private void entry(String key, int type) {
        entryCount++;
        text(entries, key);
        int32(entries, type);
    }

    private void array(String key, int elementType, int length) {
        entry(key, ARRAY);
        int32(entries, elementType);
        int64(entries, length);
    }

    private static void text(ByteArrayOutputStream out, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        int64(out, utf8.length);
        out.writeBytes(utf8);
    }

    private static void int32(ByteArrayOutputStream out, int value) {
        try {
            new DataOutputStream(out).writeInt(Integer.reverseBytes(value));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }

    private static void int64(ByteArrayOutputStream out, long value) {
        try {
            new DataOutputStream(out).writeLong(Long.reverseBytes(value));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }
}
