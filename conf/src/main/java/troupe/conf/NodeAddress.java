package troupe.conf;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a node of the cluster is reached; an IPv6 address stands in brackets where it is written with its port. */
public record NodeAddress(String host, int port) {
    private static final Pattern FORM = Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[^\\s:\\[\\]/@]+):(\\d{1,5})");

    /** Reads {@code HOST:PORT}; empty where it is none. */
    public static Optional<NodeAddress> parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(matcher.group(2));
        String host = matcher.group(1);
        return port < 1 || port > 65_535
                ? Optional.empty()
                : Optional.of(
                        new NodeAddress(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port));
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
