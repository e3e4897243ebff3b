package troupe.engine.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SHA-256 of model files, computed once and remembered in the user's cache folder by absolute path, size and time
 * of modification, so that a warm start does not read the whole file. A cache folder that cannot be read or written
 * costs the computation, nothing else.
 */
public final class ModelIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(ModelIdentity.class);
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int HEX_CHARACTERS = 64;

    private final Path folder;

    public ModelIdentity(Path cacheFolder) {
        folder = cacheFolder.resolve("identity");
    }

    /** The SHA-256 of {@code file} in lower-case hexadecimal. */
    public String sha256(Path file) throws IOException {
        String key = key(file);
        Optional<String> remembered = recall(key);
        if (remembered.isPresent()) {
            return remembered.get();
        }
        String sha256 = compute(file);
        if (key.equals(key(file))) {
            store(key, sha256);
        }
        return sha256;
    }

    /** Remembers a checksum of {@code file} that the caller has just verified. */
    public void remember(Path file, String sha256) throws IOException {
        store(key(file), sha256);
    }

    /** A SHA-256 digest, which every Java platform has. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static String compute(Path file) throws IOException {
        MessageDigest digest = digest();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Size in bytes, time of modification in nanoseconds since 1970, and absolute path. */
    private static String key(Path file) throws IOException {
        Path absolute = file.toRealPath();
        BasicFileAttributes attributes = Files.readAttributes(absolute, BasicFileAttributes.class);
        return attributes.size() + " " + attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS) + " " + absolute;
    }

    /** One sidecar for each path, so that a file that changes often does not fill the cache. */
    private Path sidecar(String key) {
        String path = key.substring(key.indexOf(' ', key.indexOf(' ') + 1) + 1);
        byte[] hash = digest().digest(path.getBytes(StandardCharsets.UTF_8));
        return folder.resolve(HexFormat.of().formatHex(hash) + ".sha256");
    }

    /** A sidecar holds the checksum, a space and the whole key, so that a damaged one is noticed. */
    private Optional<String> recall(String key) {
        try {
            String content = Files.readString(sidecar(key));
            if (content.length() > HEX_CHARACTERS
                    && content.substring(HEX_CHARACTERS).equals(" " + key)
                    && isHex(content.substring(0, HEX_CHARACTERS))) {
                return Optional.of(content.substring(0, HEX_CHARACTERS));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.debug("a remembered checksum cannot be read", e);
        }
        return Optional.empty();
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    private void store(String key, String sha256) {
        try {
            Files.createDirectories(folder);
            Path temporary = Files.createTempFile(folder, "checksum", null);
            try {
                Files.writeString(temporary, sha256 + " " + key);
                Files.move(temporary, sidecar(key), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            LOG.info(
                    "the checksum cannot be remembered in {} ({}); it will be computed at every start",
                    folder,
                    e.toString());
        }
    }
}
