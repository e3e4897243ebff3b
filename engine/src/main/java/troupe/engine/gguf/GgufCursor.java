package troupe.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Sequential little-endian reads that never leave the segment; every read says in an error which field it was for. */
final class GgufCursor {
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment segment;
    private long position;

    GgufCursor(MemorySegment segment) {
        this.segment = segment;
    }

    /** The offset of the next read, bytes from the start of the file. */
    long position() {
        return position;
    }

    /** Bytes left. */
    long remaining() {
        return segment.byteSize() - position;
    }

    byte int8(String field) {
        return segment.get(ValueLayout.JAVA_BYTE, advance(1, field));
    }

    short int16(String field) {
        return segment.get(U16, advance(2, field));
    }

    int int32(String field) {
        return segment.get(U32, advance(4, field));
    }

    long uint32(String field) {
        return Integer.toUnsignedLong(int32(field));
    }

    long int64(String field) {
        return segment.get(U64, advance(8, field));
    }

    /** A uint64 that must not exceed 2^63-1. */
    long uint64(String field) {
        long value = int64(field);
        if (value < 0) {
            throw new ModelFormatException(
                    field + " is " + Long.toUnsignedString(value) + "; the limit is " + Long.MAX_VALUE);
        }
        return value;
    }

    /** A uint64 count of things of at least {@code bytesEach} bytes, checked against {@code limit} and the bytes left. */
    int count(String field, long limit, int bytesEach) {
        long count = uint64(field);
        if (count > limit) {
            throw new ModelFormatException(field + " is " + count + "; the limit is " + limit);
        }
        if (count > remaining() / bytesEach) {
            throw new ModelFormatException(field + " is " + count + " of at least " + bytesEach
                    + " bytes each, but only " + remaining() + " bytes are left in the file");
        }
        return Math.toIntExact(count);
    }

    /** A string of at most {@code maxBytes} bytes of valid UTF-8. */
    String string(String field, int maxBytes) {
        long stated = int64(field);
        if (stated < 0 || stated > maxBytes || stated > remaining()) {
            throw new ModelFormatException("length of " + field + " is " + Long.toUnsignedString(stated)
                    + "; the limit is " + maxBytes + ", and " + remaining() + " bytes are left in the file");
        }
        if (stated == 0) {
            return "";
        }
        int length = (int) stated;
        byte[] bytes = new byte[length];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, advance(length, field), bytes, 0, length);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) {
            requireUtf8(field, bytes);
        }
        return text;
    }

    /** Tells a replacement character that stands in the file from one that the lenient decoder put there. */
    private static void requireUtf8(String field, byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(field + " (" + bytes.length + " bytes) is not valid UTF-8", e);
        }
    }

    private long advance(long bytes, String field) {
        if (bytes > remaining()) {
            throw new ModelFormatException(field + " needs " + bytes + " bytes at offset " + position + ", but only "
                    + remaining() + " bytes are left in the file");
        }
        long at = position;
        position += bytes;
        return at;
    }
}
