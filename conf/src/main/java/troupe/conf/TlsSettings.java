package troupe.conf;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Mutual TLS between nodes; PEM files.
 *
 * @param certificate of this node, issued by the authority directly
 * @param key that belongs to it: RSA, PKCS#8, not encrypted
 * @param ca certificate of the authority whose nodes are trusted
 */
public record TlsSettings(Path certificate, Path key, Path ca) {
    /** Absent if no file is named. */
    static Optional<TlsSettings> read(SettingsReader reader) {
        String certificate = reader.optionalText("certificate");
        String key = reader.optionalText("key");
        String ca = reader.optionalText("ca");
        if (certificate.isEmpty() && key.isEmpty() && ca.isEmpty()) {
            return Optional.empty();
        }
        require(reader, "certificate", certificate);
        require(reader, "key", key);
        require(reader, "ca", ca);
        return Optional.of(new TlsSettings(Path.of(certificate), Path.of(key), Path.of(ca)));
    }

    private static void require(SettingsReader reader, String name, String value) {
        if (value.isEmpty()) {
            throw reader.refusal(name, value, "is a PEM file: certificate, key and ca belong together");
        }
    }
}
