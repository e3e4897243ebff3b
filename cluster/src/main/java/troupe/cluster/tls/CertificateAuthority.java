package troupe.cluster.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A certificate authority in a folder, for development and small installations: {@code ca.crt}, {@code ca.key}, and a
 * folder for each node with {@code tls.crt}, {@code tls.key} and {@code ca.crt}. The JDK's keytool does the work.
 *
 * <p>All nodes carry the common name {@value #COMMON_NAME}, by which Akka's remoting knows that they are of one cluster.
 */
public final class CertificateAuthority {
    public static final String COMMON_NAME = "troupe";

    private static final String AUTHORITY_DAYS = "3650";
    private static final String NODE_DAYS = "825";
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9*]([A-Za-z0-9.:*-]{0,251}[A-Za-z0-9])?|::1");

    private final Path folder;
    private final String password;

    private CertificateAuthority(Path folder) {
        this.folder = folder;
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        this.password = HexFormat.of().formatHex(random);
    }

    /** The authority in {@code folder}, made now if there is none. */
    public static CertificateAuthority in(Path folder) throws IOException {
        CertificateAuthority authority = new CertificateAuthority(folder);
        Files.createDirectories(folder);
        if (!Files.exists(authority.certificateFile()) || !Files.exists(authority.keyFile())) {
            authority.makeAuthority();
        }
        return authority;
    }

    public Path certificateFile() {
        return folder.resolve("ca.crt");
    }

    private Path keyFile() {
        return folder.resolve("ca.key");
    }

    /**
     * Issues a certificate for a node that is reached at {@code hosts}, names or addresses.
     *
     * @return the folder with its files, named {@code name}
     * @throws IOException if it is there already, among other reasons
     */
    public Path issue(String name, Collection<String> hosts) throws IOException {
        Path node = folder.resolve(name);
        if (Files.exists(node.resolve("tls.crt"))) {
            throw new IOException(node.resolve("tls.crt") + " is there already");
        }
        Path work = Files.createTempDirectory("troupe-certs");
        try {
            Path nodeStore = work.resolve("node.p12");
            Path authorityStore = work.resolve("ca.p12");
            writeAuthorityStore(authorityStore);
            generate(nodeStore, "node", "CN=" + COMMON_NAME, NODE_DAYS, List.of());
            byte[] request = keytool(new byte[0], nodeStore, "-certreq", "-alias", "node");
            byte[] certificate = keytool(
                    request,
                    authorityStore,
                    "-gencert",
                    "-alias",
                    "ca",
                    "-rfc",
                    "-validity",
                    NODE_DAYS,
                    "-ext",
                    "san=" + alternativeNames(hosts),
                    "-ext",
                    "ku:critical=digitalSignature,keyEncipherment",
                    "-ext",
                    "eku=serverAuth,clientAuth");
            Files.createDirectories(node);
            Files.write(node.resolve("tls.crt"), certificate);
            writeSecret(
                    node.resolve("tls.key"),
                    pem("PRIVATE KEY", key(nodeStore, "node").getEncoded()));
            Files.write(node.resolve("ca.crt"), Files.readAllBytes(certificateFile()));
        } finally {
            delete(work);
        }
        return node;
    }

    private void makeAuthority() throws IOException {
        Path work = Files.createTempDirectory("troupe-certs");
        try {
            Path store = work.resolve("ca.p12");
            generate(
                    store,
                    "ca",
                    "CN=Troupe development CA",
                    AUTHORITY_DAYS,
                    List.of("-ext", "bc:critical=ca:true,pathlen:0", "-ext", "ku:critical=keyCertSign,cRLSign"));
            byte[] certificate = keytool(new byte[0], store, "-exportcert", "-alias", "ca", "-rfc");
            writeSecret(keyFile(), pem("PRIVATE KEY", key(store, "ca").getEncoded()));
            Files.write(certificateFile(), certificate);
        } finally {
            delete(work);
        }
    }

    private void generate(Path store, String alias, String name, String days, List<String> extensions)
            throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "RSA",
                "-keysize",
                "3072",
                "-dname",
                name,
                "-validity",
                days));
        arguments.addAll(extensions);
        keytool(new byte[0], store, arguments.toArray(new String[0]));
    }

    private static String alternativeNames(Collection<String> hosts) {
        List<String> names = new ArrayList<>();
        names.add("dns:" + COMMON_NAME);
        for (String host : hosts) {
            if (!HOST.matcher(host).matches()) {
                throw new IllegalArgumentException("'" + host + "' is neither a host's name nor an address");
            }
            names.add((ADDRESS.matcher(host).matches() ? "ip:" : "dns:") + host);
        }
        return String.join(",", names);
    }

    /** Runs keytool with {@code input}; returns what it writes. The password goes by the environment: others see arguments. */
    private byte[] keytool(byte[] input, Path store, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(
                List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass:env", "STORE_PASSWORD"));
        Path errors = Files.createTempFile("keytool", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
            builder.environment().put("STORE_PASSWORD", password);
            builder.environment().remove("JDK_JAVA_OPTIONS");
            Process process = builder.start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(input);
            }
            byte[] output;
            try (InputStream out = process.getInputStream()) {
                output = out.readAllBytes();
            }
            if (process.waitFor() != 0) {
                throw new IOException(
                        "keytool " + arguments[0] + " failed: " + new String(output, StandardCharsets.UTF_8).strip()
                                + Files.readString(errors).strip());
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool ran", e);
        } finally {
            Files.deleteIfExists(errors);
        }
    }

    private Key key(Path store, String alias) throws IOException {
        try {
            return KeyStore.getInstance(store.toFile(), password.toCharArray()).getKey(alias, password.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IOException("keytool made a store that cannot be read", e);
        }
    }

    private void writeAuthorityStore(Path store) throws IOException {
        try (InputStream in = Files.newInputStream(certificateFile());
                OutputStream out = Files.newOutputStream(store)) {
            Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
            String encoded = Files.readString(keyFile()).replaceAll("-----[A-Z ]+-----", "");
            PrivateKey key = KeyFactory.getInstance("RSA")
                    .generatePrivate(
                            new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(encoded)));
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry("ca", key, password.toCharArray(), new Certificate[] {certificate});
            keys.store(out, password.toCharArray());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("the authority in " + folder + " cannot be read", e);
        }
    }

    private static byte[] pem(String type, byte[] content) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return ("-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static void writeSecret(Path file, byte[] content) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, content);
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
