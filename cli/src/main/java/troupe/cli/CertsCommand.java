package troupe.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.cluster.tls.CertificateAuthority;

/** Makes certificates with which nodes know each other, and clients a gateway. */
@Command(
        name = "certs",
        mixinStandardHelpOptions = true,
        description = {
            "Makes an authority and a certificate for each host, for development and small installations.",
            "An authority that is in the folder already goes on issuing; nothing is overwritten."
        })
final class CertsCommand implements Callable<Integer> {
    private static final List<String> THIS_MACHINE = List.of("localhost", "127.0.0.1", "::1");

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = "certs",
            description = "Where to (${DEFAULT-VALUE}).")
    private Path folder = Path.of("certs");

    @Option(
            names = "--hosts",
            paramLabel = "HOST",
            split = ",",
            description =
                    "Names or addresses of nodes, each gets a certificate of its own; without it this machine does.")
    private List<String> hosts = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        CertificateAuthority authority = CertificateAuthority.in(folder);
        System.out.println("authority    " + authority.certificateFile());
        try {
            if (hosts.isEmpty()) {
                tell(authority.issue("localhost", THIS_MACHINE));
            }
            for (String host : hosts) {
                tell(authority.issue(host.replace(':', '_'), List.of(host)));
            }
        } catch (IllegalArgumentException e) {
            throw new UserException("--hosts: " + e.getMessage(), e);
        }
        System.out.println(
                "Keep " + folder.resolve("ca.key") + " where no node runs; a node needs its own folder only.");
        return 0;
    }

    private static void tell(Path node) {
        System.out.println("certificate  " + node.resolve("tls.crt"));
        System.out.println("  troupe.http.tls { certificate = \"" + node.resolve("tls.crt") + "\", key = \""
                + node.resolve("tls.key") + "\" }");
        System.out.println("  troupe.cluster.tls { certificate = \"" + node.resolve("tls.crt") + "\", key = \""
                + node.resolve("tls.key") + "\", ca = \"" + node.resolve("ca.crt") + "\" }");
    }
}
