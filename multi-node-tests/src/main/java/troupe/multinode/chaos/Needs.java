package troupe.multinode.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a scenario needs of the machine, and how to get it. */
enum Needs {
    /** To mount a file system of one's own. */
    MOUNT("mounting a tmpfs is not permitted here: it takes root, or CAP_SYS_ADMIN") {
        @Override
        boolean isThere() throws IOException, InterruptedException {
            Path folder = Files.createTempDirectory("troupe-mount-");
            try {
                return Shell.works(List.of(
                        List.of("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.toString()),
                        List.of("umount", folder.toString())));
            } finally {
                Files.delete(folder);
            }
        }
    },
    /** Network namespaces, with links between them, and rules for what goes over these. */
    NETWORK("network namespaces, links or nftables are not permitted or not there: it takes root and the packages"
            + " iproute2 and nftables") {
        @Override
        boolean isThere() throws InterruptedException {
            String name = "troupe-" + ProcessHandle.current().pid();
            boolean works = Shell.works(List.of(
                    List.of("ip", "netns", "add", name),
                    List.of("ip", "-n", name, "link", "add", "left", "type", "veth", "peer", "name", "right"),
                    List.of("ip", "-n", name, "link", "add", "middle", "type", "bridge"),
                    List.of("ip", "netns", "exec", name, "nft", "add", "table", "inet", "t")));
            Shell.works(List.of(List.of("ip", "netns", "del", name)));
            return works;
        }
    };

    private static final List<Path> FAKE_TIME = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
            Path.of("/usr/lib64/faketime/libfaketimeMT.so.1"));

    private final String remedy;

    Needs(String remedy) {
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }

    abstract boolean isThere() throws IOException, InterruptedException;

    /** @throws MissingException if it is not there */
    void require() throws IOException, InterruptedException {
        if (!isThere()) {
            throw new MissingException(remedy);
        }
    }

    /**
     * The library that tells processes another time.
     *
     * @throws MissingException if it is not there
     */
    static Path fakeTime() throws MissingException {
        return FAKE_TIME.stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(
                        () -> new MissingException("libfaketime is missing (Debian: apt-get install libfaketime)"));
    }

    /** The machine lacks something, so that a scenario cannot be played. */
    static final class MissingException extends IOException {
        private static final long serialVersionUID = 1;

        MissingException(String remedy) {
            super(remedy);
        }
    }
}
