package troupe.http;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.HttpsConnectionContext;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.ServerBuilder;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.TlsSessionInfo;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Route;
import akka.http.javadsl.settings.ServerSettings;
import akka.management.cluster.bootstrap.ClusterBootstrap;
import akka.management.javadsl.AkkaManagement;
import com.typesafe.config.ConfigFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import troupe.conf.BootstrapMethod;
import troupe.conf.ManagementSettings;

/**
 * Akka Management's routes on a port of their own: probes, members, and what nodes ask each other to find a cluster. Read
 * only. With TLS all but the probes need a certificate of the cluster's authority.
 */
public final class ManagementServer {
    /** For who cannot show a certificate: they tell whether the node lives and serves, and nothing else. */
    private static final Set<String> PROBES = Set.of("/ready", "/alive");

    private static final Duration STOPPING = Duration.ofSeconds(1);

    private final ServerBinding binding;

    private ManagementServer(ServerBinding binding) {
        this.binding = binding;
    }

    /**
     * Binds the server. The actor system's own HTTP client presents the node's certificate from then on, since with it
     * nodes ask each other.
     *
     * @param bootstrap how the node finds its cluster; begins as soon as the server is there
     * @param tls of this node; empty: plain HTTP, for a loopback address
     * @return fails if the address cannot be had
     */
    public static CompletionStage<ManagementServer> start(
            ActorSystem<?> system,
            ManagementSettings settings,
            BootstrapMethod bootstrap,
            Optional<SSLContext> tls,
            Metrics metrics) {
        AkkaManagement management = AkkaManagement.get(system);
        ServerBuilder builder = Http.get(system)
                .newServerAt(settings.host(), settings.port())
                .withSettings(ServerSettings.create(
                        ConfigFactory.parseString("akka.http.server.parsing.tls-session-info-header = on")
                                .withFallback(system.settings().config())));
        if (tls.isEmpty()) {
            return bound(system, bootstrap, builder.bind(withMetrics(management.getRoutes(), metrics)));
        }
        SSLContext context = tls.get();
        HttpsConnectionContext server = ConnectionContext.httpsServer(() -> {
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            engine.setWantClientAuth(true);
            return engine;
        });
        // As in remoting, the authority vouches for a node, not the name at which it is found: pods share certificates.
        Http.get(system).setDefaultClientHttpsContext(ConnectionContext.httpsClient((host, port) -> {
            SSLEngine engine = context.createSSLEngine(host, port);
            engine.setUseClientMode(true);
            return engine;
        }));
        Route routes = management.getRoutes(provided -> provided.withHttpsConnectionContext(server));
        return bound(system, bootstrap, builder.enableHttps(server).bind(guarded(withMetrics(routes, metrics))));
    }

    private static CompletionStage<ManagementServer> bound(
            ActorSystem<?> system, BootstrapMethod bootstrap, CompletionStage<ServerBinding> binding) {
        return binding.thenApply(there -> {
            if (bootstrap != BootstrapMethod.NONE) {
                ClusterBootstrap.get(system.classicSystem()).start();
            }
            return new ManagementServer(there);
        });
    }

    private static Route withMetrics(Route routes, Metrics metrics) {
        Route scrape = Directives.path(
                "metrics",
                () -> Directives.get(() ->
                        Directives.complete(HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, metrics.scrape()))));
        return Directives.concat(scrape, routes);
    }

    public InetSocketAddress address() {
        return binding.localAddress();
    }

    public CompletionStage<Done> stop() {
        return binding.terminate(STOPPING).thenApply(ignored -> Done.getInstance());
    }

    private static Route guarded(Route routes) {
        return Directives.extractRequest(request -> isOpen(request)
                ? routes
                : Directives.complete(StatusCodes.FORBIDDEN, "a certificate of the cluster's authority is required\n"));
    }

    private static boolean isOpen(HttpRequest request) {
        return PROBES.contains(request.getUri().path())
                || request.getHeader(TlsSessionInfo.class)
                        .map(ManagementServer::isAuthenticated)
                        .orElse(false);
    }

    private static boolean isAuthenticated(TlsSessionInfo info) {
        try {
            return info.getSession().getPeerCertificates().length > 0;
        } catch (SSLPeerUnverifiedException e) {
            return false;
        }
    }
}
