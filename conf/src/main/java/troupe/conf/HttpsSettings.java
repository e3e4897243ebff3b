package troupe.conf;

import java.nio.file.Path;
import java.util.Optional;

/**
 * HTTPS on the gateway; PEM files.
 *
 * @param certificate the server's, first in its file, and those between it and the authority after it
 * @param key that belongs to it: RSA or EC, PKCS#8, not encrypted
 */
public record HttpsSettings(Path certificate, Path key) {
    /** Absent if no file is named. */
    static Optional<HttpsSettings> read(SettingsReader reader) {
        String certificate = reader.optionalText("certificate");
        String key = reader.optionalText("key");
        if (certificate.isEmpty() && key.isEmpty()) {
            return Optional.empty();
        }
        if (certificate.isEmpty() || key.isEmpty()) {
            throw reader.refusal(
                    certificate.isEmpty() ? "certificate" : "key",
                    "",
                    "is a PEM file: certificate and key belong together");
        }
        return Optional.of(new HttpsSettings(Path.of(certificate), Path.of(key)));
    }
}
