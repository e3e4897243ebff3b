package troupe.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The compiled kernels: found by the system property {@value #LIBRARY_PROPERTY}, else taken from the classpath and
 * unpacked under a name that contains the hash of the content, so that versions never mix and several JVMs may race.
 */
public final class NativeLibrary {
    /** System property: path of a library to load instead of the one on the classpath. */
    public static final String LIBRARY_PROPERTY = "kernels.library";

    private static final String RESOURCES = "/native/linux-x86_64/";
    private static final String FILE_NAME = "libtroupe_kernels";
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private NativeLibrary() {}

    /** A loaded library, or why there is none. */
    sealed interface Loading {
        record Loaded(SymbolLookup symbols) implements Loading {}

        record Missing(String reason) implements Loading {}
    }

    /** The user's own folder below {@code java.io.tmpdir}. */
    public static Path defaultFolder() {
        String user = System.getProperty("user.name", "user").replaceAll("[^A-Za-z0-9._-]", "_");
        return Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "troupe-" + user);
    }

    /** Loads the library for the life of the JVM. Never throws: a failure is a reason to run without it. */
    static Loading load(Path cacheFolder) {
        return load(Optional.ofNullable(System.getProperty(LIBRARY_PROPERTY)).map(Path::of), cacheFolder);
    }

    @SuppressWarnings("restricted") // Loading native code is what this class is for.
    static Loading load(Optional<Path> configured, Path cacheFolder) {
        try {
            if (configured.isPresent()) {
                return new Loading.Loaded(
                        SymbolLookup.libraryLookup(configured.get().toAbsolutePath(), Arena.global()));
            }
            Optional<String> platform = unsupportedPlatform();
            if (platform.isPresent()) {
                return new Loading.Missing(platform.get());
            }
            byte[] content = resource(FILE_NAME + ".so");
            if (content == null) {
                return new Loading.Missing(reasonFromBuild());
            }
            return new Loading.Loaded(SymbolLookup.libraryLookup(unpack(content, cacheFolder), Arena.global()));
        } catch (IOException | UncheckedIOException | IllegalArgumentException | UnsupportedOperationException e) {
            return new Loading.Missing("the native library could not be loaded (" + e.getMessage()
                    + "); a cache folder of the user's own that allows execution, or the system property "
                    + LIBRARY_PROPERTY + " with the path of a library, changes that");
        }
    }

    private static Optional<String> unsupportedPlatform() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String architecture = System.getProperty("os.arch", "");
        boolean supported = system.contains("linux") && (architecture.equals("amd64") || architecture.equals("x86_64"));
        return supported
                ? Optional.empty()
                : Optional.of("there is no native library for " + system + " on " + architecture);
    }

    private static String reasonFromBuild() throws IOException {
        byte[] note = resource("missing.txt");
        return note == null
                ? "the native library is not on the classpath; build it with kernels/build.sh"
                : new String(note, StandardCharsets.UTF_8).strip();
    }

    private static byte @Nullable [] resource(String name) throws IOException {
        try (InputStream stream = NativeLibrary.class.getResourceAsStream(RESOURCES + name)) {
            return stream == null ? null : stream.readAllBytes();
        }
    }

    /** Writes the content beside its final name and moves it there, unless it is there already. */
    static Path unpack(byte[] content, Path folder) throws IOException {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
        Path library = folder.resolve(FILE_NAME + "-" + hash(content) + ".so");
        Path temporary =
                Files.createTempFile(folder, FILE_NAME, ".part", PosixFilePermissions.asFileAttribute(PRIVATE));
        try {
            requirePrivate(folder, temporary);
            if (!Files.isRegularFile(library) || !Arrays.equals(Files.readAllBytes(library), content)) {
                Files.write(temporary, content);
                Files.move(temporary, library, StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
        return library;
    }

    /** A folder that someone else owns or may write to could be given another library under our name. */
    private static void requirePrivate(Path folder, Path ownFile) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
        boolean writable = permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE);
        if (writable || !Files.getOwner(folder).equals(Files.getOwner(ownFile))) {
            throw new IOException(
                    "the folder " + folder + " belongs to " + Files.getOwner(folder) + " with permissions "
                            + PosixFilePermissions.toString(permissions)
                            + "; one is required that the user owns and nobody else can write to");
        }
    }

    private static String hash(byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
