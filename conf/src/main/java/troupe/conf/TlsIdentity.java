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
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A server's certificate and whom it trusts, read from PEM files and checked, so that a wrong file is a line at the start
 * and not a handshake that fails somewhere else.
 */
public final class TlsIdentity {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private static final String RSA = "RSA";
    private static final String EC = "EC";

    private final List<X509Certificate> chain;
    private final PrivateKey key;
    private final X509Certificate trusted;

    private TlsIdentity(List<X509Certificate> chain, PrivateKey key, X509Certificate trusted) {
        this.chain = chain;
        this.key = key;
        this.trusted = trusted;
    }

    /**
     * A node's, which trusts the nodes of its authority: reads the files of {@code settings} and checks that they belong
     * together.
     *
     * @param section of the settings, for messages
     * @throws SettingsException naming the setting, the file and what is wrong with it
     */
    public static TlsIdentity load(String section, TlsSettings settings, Instant now) {
        X509Certificate authority = certificates(section + ".ca", settings.ca()).getFirst();
        X509Certificate certificate =
                certificates(section + ".certificate", settings.certificate()).getFirst();
        PrivateKey key = key(section + ".key", settings.key(), List.of(RSA));
        requireValid(section + ".ca", settings.ca(), authority, now);
        requireValid(section + ".certificate", settings.certificate(), certificate, now);
        requirePair(section, settings.key(), key, settings.certificate(), certificate);
        try {
            certificate.verify(authority.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw refusal(section + ".certificate", settings.certificate(), "was not issued by " + settings.ca());
        }
        return new TlsIdentity(List.of(certificate), key, authority);
    }

    /**
     * A server's, which asks its clients for no certificate; as a client it trusts itself alone.
     *
     * @param section of the settings, for messages
     * @throws SettingsException naming the setting, the file and what is wrong with it
     */
    public static TlsIdentity load(String section, HttpsSettings settings, Instant now) {
        List<X509Certificate> chain = certificates(section + ".certificate", settings.certificate());
        PrivateKey key = key(section + ".key", settings.key(), List.of(RSA, EC));
        X509Certificate own = chain.getFirst();
        requireValid(section + ".certificate", settings.certificate(), own, now);
        requirePair(section, settings.key(), key, settings.certificate(), own);
        return new TlsIdentity(chain, key, own);
    }

    /** For clients that trust what the authorities of a PEM file issued, and show no certificate themselves. */
    public static SSLContext trusting(String option, Path authorities) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust(certificates(option, authorities)), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JVM cannot do TLS", e);
        }
    }

    /** For clients and servers that present this identity and trust whom it trusts. */
    public SSLContext context() {
        try {
            KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
            keys.load(null, null);
            keys.setKeyEntry("node", key, new char[0], chain.toArray(new Certificate[0]));
            KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keyManagers.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trust(List.of(trusted)), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JVM cannot do TLS", e);
        }
    }

    private static TrustManager[] trust(List<X509Certificate> certificates)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < certificates.size(); i++) {
            store.setCertificateEntry("trusted-" + i, certificates.get(i));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        return managers.getTrustManagers();
    }

    /** All of a file, at least one. */
    private static List<X509Certificate> certificates(String setting, Path file) {
        byte[] content = read(setting, file);
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            for (Certificate each :
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(content))) {
                certificates.add((X509Certificate) each);
            }
        } catch (GeneralSecurityException e) {
            throw refusal(setting, file, "is not a certificate in PEM");
        }
        if (certificates.isEmpty()) {
            throw refusal(setting, file, "is not a certificate in PEM");
        }
        return certificates;
    }

    private static PrivateKey key(String setting, Path file, List<String> algorithms) {
        Matcher pem = KEY.matcher(new String(read(setting, file), StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw refusal(
                    setting,
                    file,
                    "is not an unencrypted PKCS#8 key in PEM; `openssl pkcs8 -topk8 -nocrypt` makes one");
        }
        for (String algorithm : algorithms) {
            try {
                byte[] encoded = Base64.getMimeDecoder().decode(pem.group(1));
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                // Of another algorithm, or of none.
            }
        }
        throw refusal(setting, file, "is not a key of type " + String.join(" or ", algorithms));
    }

    private static void requirePair(
            String section, Path keyFile, PrivateKey key, Path certificateFile, X509Certificate certificate) {
        boolean isPair = false;
        try {
            Signature signature =
                    Signature.getInstance(key.getAlgorithm().equals(RSA) ? "SHA256withRSA" : "SHA256withECDSA");
            byte[] signed = certificate.getEncoded();
            signature.initSign(key);
            signature.update(signed);
            byte[] value = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(signed);
            isPair = signature.verify(value);
        } catch (GeneralSecurityException e) {
            // Not of one algorithm.
        }
        if (!isPair) {
            throw refusal(section + ".key", keyFile, "does not belong to the certificate " + certificateFile);
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
