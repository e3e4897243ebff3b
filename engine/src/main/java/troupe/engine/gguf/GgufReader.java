package troupe.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses the bytes of a GGUF file, versions 2 and 3 (the GGUF document of the ggml project), which are not trusted:
 * every count, length and offset is checked against the bytes that are there and against {@link GgufLimits} before it
 * is used.
 */
final class GgufReader {
    private static final int MAGIC = 0x46554747;
    private static final String ALIGNMENT = "general.alignment";
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final int HEADER_BYTES = 24;
    /** Key length, one character, type, value of one byte. */
    private static final int MIN_ENTRY_BYTES = 8 + 1 + 4 + 1;
    /** Name length, one character, number of dimensions, one dimension, type, offset. */
    private static final int MIN_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

    /** What a file holds. */
    record Contents(int version, GgufMetadata metadata, Map<String, GgufTensor> tensors) {}

    /** A tensor's description before its data are located; {@code offset} counts from the start of the data. */
    private record TensorInfo(String name, TensorType type, List<Integer> shape, long offset, long bytes) {}

    private final MemorySegment file;
    private final GgufCursor cursor;
    private long arrayElements;

    private GgufReader(MemorySegment file) {
        this.file = file;
        this.cursor = new GgufCursor(file);
    }

    /** Parses {@code file}, of which the tensors' data become slices. */
    static Contents read(MemorySegment file) {
        return new GgufReader(file).read();
    }

    private Contents read() {
        if (file.byteSize() < HEADER_BYTES) {
            throw new ModelFormatException(
                    "the file has " + file.byteSize() + " bytes; a GGUF header alone has " + HEADER_BYTES);
        }
        int magic = cursor.int32("magic");
        if (magic != MAGIC) {
            throw new ModelFormatException("magic is 0x%08x, not 0x%08x: this is no GGUF file".formatted(magic, MAGIC));
        }
        int version = version(cursor.int32("version"));
        long tensorCount = cursor.uint64("tensor_count");
        int entryCount = cursor.count("metadata_kv_count", GgufLimits.METADATA_ENTRIES, MIN_ENTRY_BYTES);
        GgufMetadata metadata = new GgufMetadata(metadata(entryCount));
        List<TensorInfo> infos = tensorInfos(tensorCount);
        return new Contents(version, metadata, tensors(infos, alignment(metadata)));
    }

    private static int version(int version) {
        if (version == Integer.reverseBytes(2) || version == Integer.reverseBytes(3)) {
            throw new ModelFormatException("the file is big-endian; supported are little-endian files");
        }
        if (version != 2 && version != 3) {
            throw new ModelFormatException(
                    "version is " + Integer.toUnsignedString(version) + "; supported are 2 and 3");
        }
        return version;
    }

    private Map<String, GgufValue> metadata(int count) {
        Map<String, GgufValue> entries = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            String key = cursor.string("metadata key " + i, GgufLimits.KEY_BYTES);
            if (key.isEmpty()) {
                throw new ModelFormatException("metadata key " + i + " is empty");
            }
            GgufValue value = value(shown(key), cursor.int32("type of " + shown(key)), 0);
            if (entries.put(key, value) != null) {
                throw new ModelFormatException("metadata key " + shown(key) + " appears twice");
            }
            requireSize(key);
        }
        return entries;
    }

    private GgufValue value(String key, int type, int depth) {
        return switch (type) {
            case 0, 1, 2, 3, 4, 5, 10, 11 -> new GgufValue.IntegerValue(integer(key, type));
            case 6, 12 -> new GgufValue.FloatValue(floating(key, type));
            case 7 -> new GgufValue.BooleanValue(bool(key));
            case 8 -> new GgufValue.StringValue(cursor.string(key, GgufLimits.STRING_BYTES));
            case 9 -> array(key, depth + 1);
            default ->
                throw new ModelFormatException("type of " + key + " is " + Integer.toUnsignedString(type)
                        + "; the format's types are 0 to 12");
        };
    }

    private GgufValue array(String key, int depth) {
        if (depth > GgufLimits.ARRAY_DEPTH) {
            throw new ModelFormatException(
                    key + " nests arrays " + depth + " deep; the limit is " + GgufLimits.ARRAY_DEPTH);
        }
        int type = cursor.int32("element type of " + key);
        int count = cursor.count("length of " + key, GgufLimits.ARRAY_ELEMENTS, minimumBytes(key, type));
        arrayElements += count;
        if (arrayElements > GgufLimits.ARRAY_ELEMENTS) {
            throw new ModelFormatException("the metadata arrays up to " + key + " have " + arrayElements
                    + " elements; the limit is " + GgufLimits.ARRAY_ELEMENTS);
        }
        return switch (type) {
            case 6, 12 -> {
                double[] values = new double[count];
                for (int i = 0; i < count; i++) {
                    values[i] = floating(key, type);
                }
                yield new GgufValue.FloatArray(values);
            }
            case 7 -> {
                List<Boolean> values = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    values.add(bool(key));
                }
                yield new GgufValue.BooleanArray(List.copyOf(values));
            }
            case 8 -> {
                String[] values = new String[count];
                for (int i = 0; i < count; i++) {
                    values[i] = cursor.string(key, GgufLimits.STRING_BYTES);
                    requireSize(key);
                }
                yield new GgufValue.StringArray(List.of(values));
            }
            case 9 -> {
                List<GgufValue> values = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    values.add(array(key, depth + 1));
                }
                yield new GgufValue.NestedArray(List.copyOf(values));
            }
            default -> {
                long[] values = new long[count];
                for (int i = 0; i < count; i++) {
                    values[i] = integer(key, type);
                }
                yield new GgufValue.IntegerArray(values);
            }
        };
    }

    /** The fewest bytes an element of {@code type} takes. */
    private static int minimumBytes(String key, int type) {
        return switch (type) {
            case 0, 1, 7 -> 1;
            case 2, 3 -> 2;
            case 4, 5, 6 -> 4;
            case 8, 10, 11, 12 -> 8;
            case 9 -> 12;
            default ->
                throw new ModelFormatException("element type of " + key + " is " + Integer.toUnsignedString(type)
                        + "; the format's types are 0 to 12");
        };
    }

    private long integer(String key, int type) {
        return switch (type) {
            case 0 -> Byte.toUnsignedLong(cursor.int8(key));
            case 1 -> cursor.int8(key);
            case 2 -> Short.toUnsignedLong(cursor.int16(key));
            case 3 -> cursor.int16(key);
            case 4 -> cursor.uint32(key);
            case 5 -> cursor.int32(key);
            case 10 -> cursor.uint64(key);
            case 11 -> cursor.int64(key);
            default -> throw new AssertionError("no integer type: " + type);
        };
    }

    private double floating(String key, int type) {
        return type == 6 ? Float.intBitsToFloat(cursor.int32(key)) : Double.longBitsToDouble(cursor.int64(key));
    }

    private boolean bool(String key) {
        byte value = cursor.int8(key);
        if (value != 0 && value != 1) {
            throw new ModelFormatException(key + " is a boolean of value " + value + "; it must be 0 or 1");
        }
        return value == 1;
    }

    private List<TensorInfo> tensorInfos(long count) {
        if (count > GgufLimits.TENSORS || count > cursor.remaining() / MIN_TENSOR_BYTES) {
            throw new ModelFormatException("tensor_count is " + count + "; the limit is "
                    + Math.min(GgufLimits.TENSORS, cursor.remaining() / MIN_TENSOR_BYTES)
                    + ", by the bytes left in the file");
        }
        List<TensorInfo> infos = new ArrayList<>((int) count);
        for (int i = 0; i < count; i++) {
            infos.add(tensorInfo(i));
            requireSize(infos.getLast().name);
        }
        return infos;
    }

    private TensorInfo tensorInfo(int index) {
        String name = cursor.string("name of tensor " + index, GgufLimits.TENSOR_NAME_BYTES);
        if (name.isEmpty()) {
            throw new ModelFormatException("name of tensor " + index + " is empty");
        }
        long dimensions = cursor.uint32("number of dimensions of " + name);
        if (dimensions < 1 || dimensions > GgufLimits.DIMENSIONS) {
            throw new ModelFormatException("tensor " + name + " has " + dimensions
                    + " dimensions; the limits are 1 and " + GgufLimits.DIMENSIONS);
        }
        Integer[] shape = new Integer[(int) dimensions];
        long rows = 1;
        for (int i = 0; i < dimensions; i++) {
            long size = cursor.int64("dimension " + i + " of " + name);
            if (size < 1 || size > Integer.MAX_VALUE) {
                throw new ModelFormatException("dimension " + i + " of tensor " + name + " is "
                        + Long.toUnsignedString(size) + "; the limits are 1 and " + Integer.MAX_VALUE);
            }
            shape[i] = (int) size;
            rows = i == 0 ? 1 : rows * size;
            if (rows > Integer.MAX_VALUE) {
                throw new ModelFormatException(
                        "tensor " + name + " has " + rows + " rows or more; the limit is " + Integer.MAX_VALUE);
            }
        }
        TensorType type = TensorType.of(cursor.uint32("type of " + name), name);
        if (shape[0] % type.blockSize() != 0) {
            throw new ModelFormatException("dimension 0 of tensor " + name + " is " + shape[0] + ", not a multiple of "
                    + type.blockSize() + ", the block size of " + type);
        }
        // Compared by a division: the product of hostile factors may exceed a long.
        long rowBytes = type.rowBytes(shape[0]);
        if (rowBytes > file.byteSize() / rows) {
            throw new ModelFormatException("tensor " + name + " has " + rows + " rows of " + rowBytes
                    + " bytes; the whole file has " + file.byteSize() + " bytes");
        }
        long offset = cursor.uint64("offset of " + name);
        return new TensorInfo(name, type, List.of(shape), offset, rows * rowBytes);
    }

    private static int alignment(GgufMetadata metadata) {
        int alignment =
                metadata.intOr(ALIGNMENT, DEFAULT_ALIGNMENT, GgufLimits.MIN_ALIGNMENT, GgufLimits.MAX_ALIGNMENT);
        if (Integer.bitCount(alignment) != 1) {
            throw new ModelFormatException(ALIGNMENT + " is " + alignment + "; it must be a power of two");
        }
        return alignment;
    }

    private Map<String, GgufTensor> tensors(List<TensorInfo> infos, int alignment) {
        long dataStart = Math.ceilDiv(cursor.position(), alignment) * alignment;
        long dataBytes = Math.max(0, file.byteSize() - dataStart);
        requireDisjoint(infos);
        Map<String, GgufTensor> tensors = LinkedHashMap.newLinkedHashMap(infos.size());
        for (TensorInfo info : infos) {
            if (info.offset % alignment != 0) {
                throw new ModelFormatException("offset of tensor " + info.name + " is " + info.offset
                        + ", not a multiple of " + alignment + ", the alignment");
            }
            if (info.offset > dataBytes || info.bytes > dataBytes - info.offset) {
                throw new ModelFormatException("tensor " + info.name + " has " + info.bytes + " bytes at offset "
                        + info.offset + " of the data; the file has " + dataBytes + " bytes of data");
            }
            MemorySegment data = file.asSlice(dataStart + info.offset, info.bytes);
            if (tensors.put(info.name, new GgufTensor(info.name, info.type, info.shape, data)) != null) {
                throw new ModelFormatException("tensor " + info.name + " appears twice");
            }
        }
        return tensors;
    }

    private static void requireDisjoint(List<TensorInfo> infos) {
        TensorInfo[] byOffset = infos.toArray(TensorInfo[]::new);
        Arrays.sort(byOffset, Comparator.comparingLong(TensorInfo::offset));
        for (int i = 1; i < byOffset.length; i++) {
            if (byOffset[i].offset - byOffset[i - 1].offset < byOffset[i - 1].bytes) {
                throw new ModelFormatException("tensor " + byOffset[i].name + " at offset " + byOffset[i].offset
                        + " overlaps tensor " + byOffset[i - 1].name + ", which has " + byOffset[i - 1].bytes
                        + " bytes at offset " + byOffset[i - 1].offset);
            }
        }
    }

    private void requireSize(String upTo) {
        if (cursor.position() > GgufLimits.METADATA_BYTES) {
            throw new ModelFormatException("the metadata up to " + shown(upTo) + " take " + cursor.position()
                    + " bytes; the limit is " + GgufLimits.METADATA_BYTES);
        }
    }

    /** A key as messages show it: a hostile one may be tens of thousands of characters long. */
    private static String shown(String key) {
        return key.length() <= 100 ? key : key.substring(0, 100) + "...";
    }
}
