package troupe.http;

import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.HttpsConnectionContext;
import java.time.Clock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import troupe.conf.HttpsSettings;
import troupe.conf.TlsIdentity;

/** The certificate that the server shows; new connections get the latest. */
final class ServerTls {
    static final String SECTION = "troupe.http.tls";

    private final HttpsSettings files;
    private final Clock clock;
    private volatile SSLContext context;

    /** @throws troupe.conf.SettingsException naming the file that is not what it has to be */
    ServerTls(HttpsSettings files, Clock clock) {
        this.files = files;
        this.clock = clock;
        context = load();
    }

    /**
     * Reads the files again.
     *
     * @throws troupe.conf.SettingsException as when it was made; the old certificate stays
     */
    void renew() {
        context = load();
    }

    private SSLContext load() {
        return TlsIdentity.load(SECTION, files, clock.instant()).context();
    }

    /** As a client it trusts this server alone. */
    SSLContext context() {
        return context;
    }

    HttpsConnectionContext server() {
        return ConnectionContext.httpsServer(() -> {
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            return engine;
        });
    }
}
