package troupe.engine.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the native part of the tokenizers library from its jar.
 *
 * <p>DJL's own loader is not used: it looks for CUDA, may download, and its tokenizer class reports home. The native
 * methods bind to any library that a class of the same class loader has loaded, so unpacking and loading it is all.
 */
final class TokenizersLibraryLoader {
    private static final Logger LOG = LoggerFactory.getLogger(TokenizersLibraryLoader.class);
    private static final String RESOURCES = "/native/lib/";

    private static boolean loaded;

    private TokenizersLibraryLoader() {}

    /**
     * Loads the library once per process, unpacked below {@code cacheFolder} or, where that cannot be written, in a
     * temporary folder. Several processes may do so at once: the file appears whole or not at all.
     */
    @SuppressWarnings("restricted") // Native access is what this class is for.
    static synchronized void load(Path cacheFolder) {
        if (loaded) {
            return;
        }
        try {
            System.load(unpack(cacheFolder).toAbsolutePath().toString());
        } catch (IOException e) {
            throw new IllegalStateException("the tokenizers library could not be unpacked", e);
        }
        loaded = true;
    }

    /** The library's file below {@code cacheFolder}, or in a temporary folder where that cannot be written. */
    static Path unpack(Path cacheFolder) throws IOException {
        String resource = resource();
        Path folder = cacheFolder.resolve("native").resolve("tokenizers-" + version());
        try {
            return unpackInto(folder, resource);
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be written ({}): unpacking the tokenizers library at every start", folder, e.toString());
            Path temporary = Files.createTempDirectory("troupe-native");
            temporary.toFile().deleteOnExit();
            Path library = unpackInto(temporary, resource);
            library.toFile().deleteOnExit();
            return library;
        }
    }

    private static Path unpackInto(Path folder, String resource) throws IOException {
        URL url = TokenizersLibraryLoader.class.getResource(resource);
        if (url == null) {
            throw new IllegalStateException("the tokenizers library has no " + resource
                    + "; it is there for linux-x86_64, linux-aarch64 and osx-aarch64");
        }
        URLConnection connection = url.openConnection();
        Path library = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
        if (Files.isRegularFile(library) && Files.size(library) == connection.getContentLengthLong()) {
            return library;
        }
        Files.createDirectories(folder);
        Path temporary = Files.createTempFile(folder, "unpacking", null);
        try (InputStream in = connection.getInputStream()) {
            Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
            Files.move(temporary, library, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return library;
    }

    private static String resource() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String architecture = System.getProperty("os.arch");
        String platform = (os.startsWith("mac") ? "osx" : os.startsWith("linux") ? "linux" : os.replace(' ', '-')) + "-"
                + (architecture.equals("amd64") ? "x86_64" : architecture);
        return RESOURCES + platform + "/cpu/" + System.mapLibraryName("tokenizers");
    }

    private static String version() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = TokenizersLibraryLoader.class.getResourceAsStream(RESOURCES + "tokenizers.properties")) {
            if (in != null) {
                properties.load(in);
            }
        }
        return properties.getProperty("version", "unversioned");
    }
}
