package troupe.cluster.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.conf.SettingsException;
import troupe.conf.TlsSettings;

class RemotingSecurityTest {
    @TempDir
    static Path folder;

    private static Path node;
    private static Path stranger;

    @BeforeAll
    static void issue() throws IOException {
        node = CertificateAuthority.in(folder.resolve("ours")).issue("node", List.of("localhost", "127.0.0.1", "::1"));
        stranger = CertificateAuthority.in(folder.resolve("theirs")).issue("node", List.of("localhost"));
    }

    private static TlsSettings files(Path certificate, Path key, Path ca) {
        return new TlsSettings(certificate.resolve("tls.crt"), key.resolve("tls.key"), ca.resolve("ca.crt"));
    }

    private static String refusal(TlsSettings tls, Instant now) {
        SettingsException e =
                assertThrows(SettingsException.class, () -> RemotingSecurity.of("10.0.0.1", Optional.of(tls), now));
        return String.valueOf(e.getMessage());
    }

    @Test
    void shouldAllowLoopbackAloneWithoutTls() {
        for (String host : List.of("127.0.0.1", "localhost", "::1", "127.1.2.3")) {
            assertTrue(
                    RemotingSecurity.of(host, Optional.empty(), Instant.now())
                            .config()
                            .isEmpty(),
                    host);
        }
        SettingsException e = assertThrows(
                SettingsException.class, () -> RemotingSecurity.of("0.0.0.0", Optional.empty(), Instant.now()));
        assertEquals(
                "troupe.cluster.host is '0.0.0.0', which other machines can reach: that needs troupe.cluster.tls"
                        + " { certificate, key, ca } (`./troupe certs` makes some for trying out); without, only"
                        + " loopback addresses are allowed",
                e.getMessage());
    }

    @Test
    void shouldTakeTlsWithFilesThatBelongTogether() {
        var security = RemotingSecurity.of("10.0.0.1", Optional.of(files(node, node, node)), Instant.now());
        assertEquals("tls-tcp", security.config().getString("akka.remote.artery.transport"));
        assertTrue(security.identity().isPresent());
    }

    @Test
    void shouldRefuseFilesThatDoNotBelongTogether() {
        assertTrue(refusal(files(node, node, stranger), Instant.now()).contains("was not issued by"));
        assertTrue(refusal(files(node, stranger, node), Instant.now()).contains("does not belong to the certificate"));
    }

    @Test
    void shouldRefuseACertificateOutsideOfItsTime() {
        Instant late = Instant.now().plus(Duration.ofDays(1_000));
        assertTrue(refusal(files(node, node, node), late).startsWith("troupe.cluster.tls.certificate is '"));
        assertTrue(refusal(files(node, node, node), late).contains("is valid from"));
    }

    @Test
    void shouldRefuseFilesThatAreSomethingElse() throws IOException {
        Path text = Files.createDirectories(folder.resolve("text"));
        for (String name : List.of("tls.crt", "tls.key", "ca.crt")) {
            Files.writeString(text.resolve(name), "-----BEGIN RSA PRIVATE KEY-----");
        }
        assertTrue(refusal(files(text, node, node), Instant.now()).contains("is not a certificate in PEM"));
        assertTrue(refusal(files(node, text, node), Instant.now()).contains("is not an unencrypted PKCS#8 key"));
        assertTrue(refusal(files(node, node, folder), Instant.now()).contains("cannot be read"));
    }

    @Test
    void shouldIssueForFurtherNodesLaterAndOverwriteNone() throws IOException {
        CertificateAuthority again = CertificateAuthority.in(folder.resolve("ours"));
        Path second = again.issue("second", List.of("10.0.0.2"));
        RemotingSecurity.of("10.0.0.2", Optional.of(files(second, second, node)), Instant.now());
        assertThrows(IOException.class, () -> again.issue("second", List.of("10.0.0.2")));
        assertThrows(IllegalArgumentException.class, () -> again.issue("third", List.of("a,dns:b")));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(second.resolve("tls.key"))));
    }
}
