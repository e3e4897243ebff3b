package troupe.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A gateway's deployments on disk: one JSON file, {@code {"format": 1, "deployments": [...]}}, replaced as a whole, so
 * that a crash leaves the one before or the one after.
 */
final class DeploymentFile {
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path file;

    DeploymentFile(Path folder) {
        file = folder.resolve("deployments.json");
    }

    /**
     * What was written last; nothing where nothing was.
     *
     * @throws IOException if the file cannot be read, is malformed, or of a later format
     */
    List<Deployment> read() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        JsonNode root = JSON.readTree(file.toFile());
        int format = root.path("format").asInt();
        if (format != FORMAT) {
            throw new IOException(file + " has format " + format + ", this release reads " + FORMAT);
        }
        List<Deployment> deployments = new ArrayList<>();
        for (JsonNode each : root.path("deployments")) {
            deployments.add(JSON.treeToValue(each, Deployment.class));
        }
        return deployments;
    }

    /** Returns once it is on disk. */
    void write(List<Deployment> deployments) throws IOException {
        ObjectNode root = JSON.createObjectNode().put("format", FORMAT);
        root.set("deployments", JSON.valueToTree(deployments));
        Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
        Path temporary = Files.createTempFile(folder, "deployments", null);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(root));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            // The rename itself is on disk once its folder is.
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
