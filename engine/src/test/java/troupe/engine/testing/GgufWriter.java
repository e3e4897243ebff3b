package troupe.engine.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Builds small GGUF files. It checks nothing, so that it can also build the files that a reader must refuse; a test of
 * a hostile file may override the counts or add values as raw bytes.
 */
public final class GgufWriter {
    public static final int UINT32 = 4;
    public static final int INT32 = 5;
    public static final int FLOAT32 = 6;
    public static final int BOOL = 7;
    public static final int STRING = 8;
    public static final int ARRAY = 9;
    public static final int UINT64 = 10;

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Entry(String key, byte[] typeAndValue) {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Tensor(String name, int type, long[] shape, byte[] data) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private int version = 3;
    private int alignment = 32;
    private OptionalLong tensorCount = OptionalLong.empty();
    private OptionalLong entryCount = OptionalLong.empty();

    public GgufWriter version(int value) {
        version = value;
        return this;
    }

    /** Where data are placed; does not write {@code general.alignment}. */
    public GgufWriter alignment(int value) {
        alignment = value;
        return this;
    }

    /** Overrides the true number of tensors in the header. */
    public GgufWriter tensorCount(long value) {
        tensorCount = OptionalLong.of(value);
        return this;
    }

    /** Overrides the true number of metadata entries in the header. */
    public GgufWriter entryCount(long value) {
        entryCount = OptionalLong.of(value);
        return this;
    }

    public GgufWriter uint32(String key, int value) {
        return raw(key, UINT32, bytes(4).putInt(value).array());
    }

    public GgufWriter uint64(String key, long value) {
        return raw(key, UINT64, bytes(8).putLong(value).array());
    }

    public GgufWriter float32(String key, float value) {
        return raw(key, FLOAT32, bytes(4).putFloat(value).array());
    }

    public GgufWriter bool(String key, boolean value) {
        return raw(key, BOOL, new byte[] {(byte) (value ? 1 : 0)});
    }

    public GgufWriter string(String key, String value) {
        return raw(key, STRING, string(value));
    }

    public GgufWriter strings(String key, List<String> values) {
        ByteArrayOutputStream out = arrayHeader(STRING, values.size());
        for (String value : values) {
            out.writeBytes(string(value));
        }
        return raw(key, ARRAY, out.toByteArray());
    }

    public GgufWriter int32s(String key, int... values) {
        ByteArrayOutputStream out = arrayHeader(INT32, values.length);
        for (int value : values) {
            out.writeBytes(bytes(4).putInt(value).array());
        }
        return raw(key, ARRAY, out.toByteArray());
    }

    /** An entry of the given type number whose value is {@code value} as it stands. */
    public GgufWriter raw(String key, int type, byte[] value) {
        entries.removeIf(entry -> entry.key.equals(key));
        return duplicate(key, type, value);
    }

    /** Like {@link #raw}, but keeps an earlier entry of that key. */
    public GgufWriter duplicate(String key, int type, byte[] value) {
        entries.add(new Entry(key, array(bytes(4 + value.length).putInt(type).put(value))));
        return this;
    }

    public GgufWriter remove(String key) {
        entries.removeIf(entry -> entry.key.equals(key));
        return this;
    }

    /** A tensor of ggml's type number {@code type}; {@code shape[0]} is the length of a row. */
    public GgufWriter tensor(String name, int type, byte[] data, long... shape) {
        tensors.add(new Tensor(name, type, shape.clone(), data.clone()));
        return this;
    }

    /** An F32 tensor. */
    public GgufWriter tensor(String name, float[] data, long... shape) {
        ByteBuffer buffer = bytes(4 * data.length);
        for (float value : data) {
            buffer.putFloat(value);
        }
        return tensor(name, 0, array(buffer), shape);
    }

    public GgufWriter removeTensor(String name) {
        tensors.removeIf(tensor -> tensor.name.equals(name));
        return this;
    }

    public byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(bytes(20)
                .putInt(version)
                .putLong(tensorCount.orElse(tensors.size()))
                .putLong(entryCount.orElse(entries.size()))
                .array());
        for (Entry entry : entries) {
            out.writeBytes(string(entry.key));
            out.writeBytes(entry.typeAndValue);
        }
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (Tensor tensor : tensors) {
            out.writeBytes(string(tensor.name));
            ByteBuffer info = bytes(4 + 8 * tensor.shape.length + 4 + 8).putInt(tensor.shape.length);
            for (long size : tensor.shape) {
                info.putLong(size);
            }
            out.writeBytes(array(info.putInt(tensor.type).putLong(data.size())));
            data.writeBytes(tensor.data);
            pad(data);
        }
        pad(out);
        out.writeBytes(data.toByteArray());
        return out.toByteArray();
    }

    public Path write(Path file) {
        try {
            return Files.write(file, toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A string as the format stores it: its length in bytes, then UTF-8. */
    public static byte[] string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return array(bytes(8 + utf8.length).putLong(utf8.length).put(utf8));
    }

    /** A little-endian buffer of {@code size} bytes. */
    public static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What was put into {@code buffer}. */
    public static byte[] array(ByteBuffer buffer) {
        byte[] content = new byte[buffer.position()];
        buffer.flip().get(content);
        return content;
    }

    private static ByteArrayOutputStream arrayHeader(int elementType, long length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes(12).putInt(elementType).putLong(length).array());
        return out;
    }

    private void pad(ByteArrayOutputStream out) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
    }
}
