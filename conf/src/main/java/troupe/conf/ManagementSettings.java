package troupe.conf;

/**
 * Probes and the cluster's bootstrap over HTTP, apart from the API that clients use.
 *
 * @param host loopback, or any with TLS
 * @param port 0: no such server
 */
public record ManagementSettings(String host, int port) {
    static ManagementSettings read(SettingsReader reader) {
        return new ManagementSettings(reader.text("host"), reader.integer("port", 0, 65_535));
    }

    public boolean enabled() {
        return port > 0;
    }
}
