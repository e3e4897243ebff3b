package troupe.cluster.tls;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import troupe.conf.Loopback;
import troupe.conf.SettingsException;
import troupe.conf.TlsIdentity;
import troupe.conf.TlsSettings;

/**
 * How Akka's remoting is secured: with certificates, both sides show one and trust the same authority; without, only
 * this machine is served.
 */
public final class RemotingSecurity {
    private static final String SECTION = "troupe.cluster.tls";

    private final Config config;
    private final Optional<TlsIdentity> identity;

    private RemotingSecurity(Config config, Optional<TlsIdentity> identity) {
        this.config = config;
        this.identity = identity;
    }

    /**
     * That of a node that others reach at {@code host}; reads the files of {@code tls}.
     *
     * @throws SettingsException if others can reach it without TLS, or a file of TLS is not what it has to be
     */
    public static RemotingSecurity of(String host, Optional<TlsSettings> tls, Instant now) {
        if (tls.isEmpty()) {
            requireLoopback("troupe.cluster.host", host);
            return new RemotingSecurity(ConfigFactory.empty(), Optional.empty());
        }
        TlsSettings files = tls.get();
        return new RemotingSecurity(config(files), Optional.of(TlsIdentity.load(SECTION, files, now)));
    }

    /** Akka's configuration for it. */
    public Config config() {
        return config;
    }

    /** The node's own identity, for its other servers; empty without TLS. */
    public Optional<TlsIdentity> identity() {
        return identity;
    }

    private static Config config(TlsSettings files) {
        // Akka's provider reads the files again every few minutes, so that renewed certificates need no restart.
        return ConfigFactory.parseString(
                """
                akka.remote.artery {
                  transport = tls-tcp
                  ssl {
                    ssl-engine-provider = "akka.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider"
                    rotating-keys-engine {
                      cert-file = %s
                      key-file = %s
                      ca-cert-file = %s
                      enabled-algorithms = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
                    }
                  }
                }
                """.formatted(quoted(files.certificate()), quoted(files.key()), quoted(files.ca())));
    }

    /** Refuses a {@code host} that is not for this machine alone. */
    public static void requireLoopback(String setting, String host) {
        if (!isLoopback(setting, host)) {
            throw new SettingsException(setting + " is '" + host + "', which other machines can reach: that needs "
                    + SECTION + " { certificate, key, ca } (`./troupe certs` makes some for trying out);"
                    + " without, only loopback addresses are allowed");
        }
    }

    private static boolean isLoopback(String setting, String host) {
        try {
            return Loopback.is(host);
        } catch (UnknownHostException e) {
            throw new SettingsException(setting + " is '" + host + "', which is no address of this machine", e);
        }
    }

    private static String quoted(Path file) {
        return ConfigUtil.quoteString(file.toAbsolutePath().toString());
    }
}
