package troupe.multinode.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import troupe.cluster.tls.CertificateAuthority;
import troupe.multinode.Launch;

/**
 * A network of its own for each node: a namespace with one link to a bridge on which the clients are too. What goes over the
 * links between nodes can be lost; what clients send and get is left alone. Nobody else is on this network, so clients need
 * no key and no TLS there; nodes do, as anywhere off the loopback address.
 *
 * <pre>
 *   clients 10.N.0.1 -- bridge -+- namespace 0: 10.N.0.10, gateway
 *                               +- namespace 1: 10.N.0.11, ...
 * </pre>
 */
final class NamespaceSite implements Site {
    private static final int CLUSTER_PORT = 2551;
    private static final int HTTP_PORT = 8000;
    private static final int FORWARDER_PORT = 2552;
    private static final int FIRST_HOST = 10;

    private final int nodes;
    private final String name;
    private final String network;
    private final CertificateAuthority authority;
    private final Path folder;
    private final List<Process> forwarders = new ArrayList<>();

    /** Makes the networks. */
    NamespaceSite(int nodes, Path folder) throws IOException, InterruptedException {
        this.nodes = nodes;
        this.folder = folder;
        long pid = ProcessHandle.current().pid();
        name = "tr" + pid;
        network = "10." + (64 + pid % 128) + ".0.";
        // Of its own: a run may come back to a network, whose nodes have the addresses of the one before.
        authority = CertificateAuthority.in(Files.createTempDirectory(folder, "certs"));
        try {
            build();
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void build() throws IOException, InterruptedException {
        Shell.run("ip", "link", "add", name, "type", "bridge");
        Shell.run("ip", "addr", "add", network + "1/24", "dev", name);
        Shell.run("ip", "link", "set", name, "up");
        for (int i = 0; i < nodes; i++) {
            String link = name + "-" + i;
            Shell.run("ip", "netns", "add", link);
            Shell.run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", link);
            Shell.run("ip", "link", "set", link, "master", name, "up");
            Shell.run("ip", "-n", link, "addr", "add", host(i) + "/24", "dev", "eth0");
            Shell.run("ip", "-n", link, "link", "set", "eth0", "up");
            Shell.run("ip", "-n", link, "link", "set", "lo", "up");
        }
    }

    @Override
    public String host(int node) {
        return network + (FIRST_HOST + node);
    }

    @Override
    public int clusterPort(int node) {
        return CLUSTER_PORT;
    }

    @Override
    public int httpPort(int node) {
        return HTTP_PORT;
    }

    @Override
    public Launch place(int node, Launch launch) {
        Path identity = issued(node);
        Launch open = launch.isGateway()
                ? launch.with("http.allow-unauthenticated", "true").with("http.tls-terminated-in-front", "true")
                : launch;
        return open.on(new Launch.Host(
                        in(node), launch.host().environment(), launch.host().main()))
                .with("cluster.tls.certificate", identity.resolve("tls.crt").toString())
                .with("cluster.tls.key", identity.resolve("tls.key").toString())
                .with("cluster.tls.ca", identity.resolve("ca.crt").toString());
    }

    private Path issued(int node) {
        try {
            return authority.issue(host(node), List.of(host(node)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private List<String> in(int node) {
        return List.of("ip", "netns", "exec", name + "-" + node);
    }

    /** Nothing goes from any of {@code senders} to any of {@code receivers} any more. */
    void cut(List<Integer> senders, List<Integer> receivers) throws IOException, InterruptedException {
        for (int receiver : receivers) {
            rule(receiver, "ip saddr " + addresses(senders) + " drop");
        }
    }

    /** This share of all packets between nodes is lost. */
    void lose(int percent) throws IOException, InterruptedException {
        List<Integer> all = IntStream.range(0, nodes).boxed().toList();
        for (int node : all) {
            rule(node, "ip saddr " + addresses(all) + " numgen random mod 100 < " + percent + " drop");
        }
    }

    private String addresses(List<Integer> of) {
        return of.stream().map(this::host).collect(Collectors.joining(", ", "{ ", " }"));
    }

    /** Of what arrives over the link; what a node sends to itself does not. */
    private void rule(int node, String rule) throws IOException, InterruptedException {
        nft(node, """
                table inet chaos {
                  chain arriving {
                    type filter hook input priority 0
                    iifname "eth0" %s
                  }
                }
                """.formatted(rule));
    }

    private void nft(int node, String rules) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(in(node));
        command.addAll(List.of("nft", "-f", "-"));
        Shell.feed(rules, command.toArray(String[]::new));
    }

    /** Everything arrives again. */
    void heal() throws IOException, InterruptedException {
        for (int i = 0; i < nodes; i++) {
            nft(i, "table inet chaos\ndelete table inet chaos\n");
        }
    }

    /** What other nodes send to this one over connections that begin from now on comes later, and so do its answers. */
    void delay(int node, long millis) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(in(node));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                troupe.multinode.NodeProcess.classPath(),
                DelayForwarder.class.getName(),
                String.valueOf(FORWARDER_PORT),
                host(node),
                String.valueOf(CLUSTER_PORT),
                String.valueOf(millis)));
        forwarders.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("forwarder-" + node + ".log").toFile())
                .start());
        nft(node, """
                table ip late {
                  chain arriving {
                    type nat hook prerouting priority dstnat
                    iifname "eth0" tcp dport %d redirect to :%d
                  }
                }
                """.formatted(CLUSTER_PORT, FORWARDER_PORT));
    }

    /** Nothing comes later any more, over connections that begin from now on; those that are late break. */
    void hurry() throws IOException, InterruptedException {
        for (int i = 0; i < nodes; i++) {
            nft(i, "table ip late\ndelete table ip late\n");
        }
        forwarders.forEach(Process::destroyForcibly);
        forwarders.clear();
    }

    @Override
    public void close() {
        forwarders.forEach(Process::destroyForcibly);
        try {
            for (int i = 0; i < nodes; i++) {
                // A namespace lives as long as a process in it, and its link with it.
                Shell.works(List.of(List.of("ip", "link", "del", name + "-" + i)));
                Shell.works(List.of(List.of("ip", "netns", "del", name + "-" + i)));
            }
            Shell.works(List.of(List.of("ip", "link", "del", name)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
