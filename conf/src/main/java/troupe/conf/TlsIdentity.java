package troupe.conf;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A node's certificate and whom it trusts, read from PEM files and checked, so that a wrong file is a line at the start
 * and not a handshake that fails somewhere else.
 */
public final class TlsIdentity {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private final X509Certificate certificate;
    private final RSAPrivateKey key;
    private final X509Certificate authority;

    private TlsIdentity(X509Certificate certificate, RSAPrivateKey key, X509Certificate authority) {
        this.certificate = certificate;
        this.key = key;
        this.authority = authority;
    }

    /**
     * Reads the files of {@code settings} and checks that they belong together.
     *
     * @param section of the settings, for messages
     * @throws SettingsException naming the setting, the file and what is wrong with it
     */
    public static TlsIdentity load(String section, TlsSettings settings, Instant now) {
        X509Certificate authority = certificate(section + ".ca", settings.ca());
        X509Certificate certificate = certificate(section + ".certificate", settings.certificate());
        RSAPrivateKey key = key(section + ".key", settings.key());
        requireValid(section + ".ca", settings.ca(), authority, now);
        requireValid(section + ".certificate", settings.certificate(), certificate, now);
        if (!(certificate.getPublicKey() instanceof RSAPublicKey publicKey)
                || !publicKey.getModulus().equals(key.getModulus())) {
            throw refusal(
                    section + ".key", settings.key(), "does not belong to the certificate " + settings.certificate());
        }
        try {
            certificate.verify(authority.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw refusal(section + ".certificate", settings.certificate(), "was not issued by " + settings.ca());
        }
        return new TlsIdentity(certificate, key, authority);
    }

    /** For clients and servers that present this identity and trust what its authority issued. */
    public SSLContext context() {
        try {
            KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
            keys.load(null, null);
            keys.setKeyEntry("node", key, new char[0], new Certificate[] {certificate});
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry("authority", authority);
            KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keyManagers.init(keys, new char[0]);
            TrustManagerFactory trustManagers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trustManagers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JVM cannot do TLS", e);
        }
    }

    private static X509Certificate certificate(String setting, Path file) {
        byte[] content = read(setting, file);
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(content));
        } catch (GeneralSecurityException e) {
            throw refusal(setting, file, "is not a certificate in PEM");
        }
    }

    private static RSAPrivateKey key(String setting, Path file) {
        Matcher pem = KEY.matcher(new String(read(setting, file), StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw refusal(
                    setting,
                    file,
                    "is not an unencrypted PKCS#8 key in PEM; `openssl pkcs8 -topk8 -nocrypt` makes one");
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(pem.group(1));
            PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
            return (RSAPrivateKey) key;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw refusal(setting, file, "is not an RSA key");
        }
    }

    private static byte[] read(String setting, Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw refusal(setting, file, "cannot be read");
        }
    }

    private static void requireValid(String setting, Path file, X509Certificate certificate, Instant now) {
        Instant from = certificate.getNotBefore().toInstant();
        Instant to = certificate.getNotAfter().toInstant();
        if (now.isBefore(from) || now.isAfter(to)) {
            throw refusal(setting, file, "is valid from " + from + " to " + to + " only");
        }
    }

    private static SettingsException refusal(String setting, Path file, String reason) {
        return new SettingsException(setting + " is '" + file + "', which " + reason);
    }
}
