package troupe.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.util.Locale;
import java.util.stream.Collectors;
import troupe.conf.BootstrapMethod;
import troupe.conf.BootstrapSettings;
import troupe.conf.ManagementSettings;
import troupe.conf.SettingsException;

/** What Akka Management's bootstrap and service discovery need to know, from the settings. */
final class BootstrapConfig {
    private static final String KUBERNETES_PORT = "management";

    private BootstrapConfig() {}

    /**
     * Akka's configuration.
     *
     * @throws SettingsException if a method is chosen without the port over which nodes find each other
     */
    static Config of(ManagementSettings management, BootstrapSettings bootstrap) {
        if (bootstrap.method() == BootstrapMethod.NONE) {
            return ConfigFactory.empty();
        }
        if (!management.enabled()) {
            throw new SettingsException("troupe.cluster.management.port is 0, but troupe.cluster.bootstrap.method is '"
                    + bootstrap.method().name().toLowerCase(Locale.ROOT)
                    + "', which needs it: nodes find each other there");
        }
        String common = """
                akka.management.http { hostname = %s, port = %d }
                akka.management.cluster.bootstrap.contact-point-discovery {
                  service-name = %s
                  required-contact-point-nr = %d
                }
                """.formatted(
                        quoted(management.host()),
                        management.port(),
                        quoted(bootstrap.service()),
                        bootstrap.requiredContacts());
        return ConfigFactory.parseString(discovery(bootstrap)).withFallback(ConfigFactory.parseString(common));
    }

    private static String discovery(BootstrapSettings bootstrap) {
        return switch (bootstrap.method()) {
            case NONE -> "";
            // A list changes never: what it says is stable at once. Its ports may differ from this node's.
            case CONTACTS ->
                """
                akka.discovery { method = config, config.services.%s.endpoints = [%s] }
                akka.management.cluster.bootstrap {
                  contact-point.filter-on-fallback-port = off
                  contact-point-discovery.stable-margin = 1 s
                }
                """.formatted(
                        quoted(bootstrap.service()),
                        bootstrap.contacts().stream()
                                .map(node -> "{ host = " + quoted(node.host()) + ", port = " + node.port() + " }")
                                .collect(Collectors.joining(", ")));
            case DNS -> "akka.discovery.method = akka-dns";
            case KUBERNETES ->
                """
                akka.discovery {
                  method = kubernetes-api
                  kubernetes-api {
                    pod-label-selector = "app.kubernetes.io/name=%%s,app.kubernetes.io/component=gateway"
                    use-raw-ip = true
                    %s
                  }
                }
                akka.management.cluster.bootstrap.contact-point-discovery.port-name = %s
                """.formatted(
                        bootstrap.namespace().isEmpty() ? "" : "pod-namespace = " + quoted(bootstrap.namespace()),
                        KUBERNETES_PORT);
        };
    }

    private static String quoted(String text) {
        return ConfigUtil.quoteString(text);
    }
}
