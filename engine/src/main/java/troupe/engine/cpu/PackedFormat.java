package troupe.engine.cpu;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import troupe.kernels.PackedMatrix;
import troupe.kernels.WorkerPool;

/**
 * The bytes of a file of packed weights. All numbers are little-endian.
 *
 * <pre>
 * 0                  the packed form
 * ceil(bytes / 64)   i64 magic, i64 bytes of the packed form, i32 layout of matrices, i32 layout of sections,
 *                    64 characters: SHA-256 of the model's file, hexadecimal,
 *                    i32 CRC-32C of each {@value #CHUNK} bytes of the packed form, i32 CRC-32C of this footer so far
 * </pre>
 *
 * The packed form comes first and is written in chunks that begin at multiples of a huge page: so the page cache takes
 * it up in huge pages, and mappings can use them.
 *
 * @param bytes of the packed form, at least 1
 * @param checksum SHA-256 of the model's file, 64 hexadecimal characters
 */
record PackedFormat(long bytes, String checksum) {
    /** A multiple of every platform's huge page. */
    static final int CHUNK = 4 << 20;

    private static final long MAGIC = 0x4b41_5045_5055_4f52L; // "ROUPEPAK"
    private static final int CHECKSUM_CHARACTERS = 64;
    private static final int FIXED_FOOTER_BYTES = 8 + 8 + 4 + 4 + CHECKSUM_CHARACTERS;
    private static final int MAX_CHUNKS = (Integer.MAX_VALUE - FIXED_FOOTER_BYTES) / Integer.BYTES - 1;

    PackedFormat {
        if (bytes < 1 || (bytes - 1) / CHUNK >= MAX_CHUNKS) {
            throw new IllegalArgumentException(
                    "the packed form has " + bytes + " bytes, 1 to " + (long) MAX_CHUNKS * CHUNK + " are possible");
        }
        if (!checksum.matches("[0-9a-f]{" + CHECKSUM_CHARACTERS + "}")) {
            throw new IllegalArgumentException(
                    "the checksum is \"" + checksum + "\", a SHA-256 in lower-case " + "hexadecimal is required");
        }
    }

    private int chunks() {
        return Math.toIntExact(Math.ceilDiv(bytes, (long) CHUNK));
    }

    private long footerOffset() {
        return Math.ceilDiv(bytes, (long) PackedMatrix.ALIGNMENT) * PackedMatrix.ALIGNMENT;
    }

    private int footerBytes() {
        return FIXED_FOOTER_BYTES + Integer.BYTES * (chunks() + 1);
    }

    long fileBytes() {
        return footerOffset() + footerBytes();
    }

    /** Writes a whole file and forces it to the disk. */
    void write(FileChannel channel, MemorySegment packed) throws IOException {
        int[] sums = new int[chunks()];
        for (int chunk = 0; chunk < sums.length; chunk++) {
            sums[chunk] = sum(packed, chunk);
            writeFully(channel, chunk(packed, chunk), (long) chunk * CHUNK);
        }
        writeFully(channel, footer(sums), footerOffset());
        channel.force(true);
    }

    /** Whether a file has the length and footer of this model, whose sums then say whether {@link #isIntact}. */
    boolean matches(FileChannel channel) throws IOException {
        if (channel.size() != fileBytes()) {
            return false;
        }
        ByteBuffer found = readFooter(channel);
        int end = footerBytes() - Integer.BYTES;
        ByteBuffer fixed = fixedFooter(ByteBuffer.allocate(FIXED_FOOTER_BYTES)).flip();
        return found.slice(0, FIXED_FOOTER_BYTES).equals(fixed) && found.getInt(end) == sum(found.slice(0, end));
    }

    /**
     * Compares every chunk with its sum, on all threads: about what one step of decoding reads.
     *
     * @param mapped the packed form in a file that {@link #matches}
     */
    boolean isIntact(FileChannel channel, MemorySegment mapped, WorkerPool pool) throws IOException {
        ByteBuffer sums = readFooter(channel);
        AtomicBoolean intact = new AtomicBoolean(true);
        pool.run(chunks(), (chunk, worker) -> {
            if (sums.getInt(FIXED_FOOTER_BYTES + chunk * Integer.BYTES) != sum(mapped, chunk)) {
                intact.set(false);
            }
        });
        return intact.get();
    }

    private ByteBuffer footer(int[] sums) {
        ByteBuffer footer = fixedFooter(ByteBuffer.allocate(footerBytes()));
        for (int sum : sums) {
            footer.putInt(sum);
        }
        return footer.putInt(sum(footer.slice(0, footer.position()))).flip();
    }

    private ByteBuffer fixedFooter(ByteBuffer footer) {
        return footer.order(ByteOrder.LITTLE_ENDIAN)
                .putLong(MAGIC)
                .putLong(bytes)
                .putInt(PackedMatrix.LAYOUT_VERSION)
                .putInt(PackedModel.LAYOUT_VERSION)
                .put(checksum.getBytes(StandardCharsets.US_ASCII));
    }

    private ByteBuffer readFooter(FileChannel channel) throws IOException {
        ByteBuffer footer = ByteBuffer.allocate(footerBytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (footer.hasRemaining()) {
            if (channel.read(footer, footerOffset() + footer.position()) < 0) {
                throw new EOFException("the file ends in its footer");
            }
        }
        return footer;
    }

    private ByteBuffer chunk(MemorySegment packed, int chunk) {
        long from = (long) chunk * CHUNK;
        return packed.asSlice(from, Math.min(CHUNK, bytes - from)).asByteBuffer();
    }

    private int sum(MemorySegment packed, int chunk) {
        return sum(chunk(packed, chunk));
    }

    private static int sum(ByteBuffer content) {
        CRC32C sum = new CRC32C();
        sum.update(content);
        return (int) sum.getValue();
    }

    private static void writeFully(FileChannel channel, ByteBuffer content, long offset) throws IOException {
        long at = offset;
        while (content.hasRemaining()) {
            at += channel.write(content, at);
        }
    }
}
